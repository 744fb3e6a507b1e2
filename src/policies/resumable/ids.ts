import { type EventKey, writeEventId } from '../../core/event-id.js'
import { misuse } from '../../core/rpc-error.js'
import { shown } from '../../core/shown.js'

/**
 * Makes a function from a reply to its id on the wire; undefined if the reply has no key.
 * The function throws an RpcError `failed_precondition` (`invalid_policy`) for a key of another type.
 */
export function idsBy(key: (reply: never) => unknown, where = 'resumable'): (reply: unknown) => string | undefined {
  return reply => {
    const found = (key as (reply: unknown) => unknown)(reply)
    if (found === undefined || found === '') return undefined
    if (isEventKey(found)) return writeEventId(found)
    throw misuse('invalid_policy', `${where}: ${wrongKey(shown(found))}`)
  }
}

export function isEventKey(value: unknown): value is EventKey {
  return typeof value === 'string' || typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value))
}

export function wrongKey(found: string): string {
  return `the key of a reply must be a string, a number or a bigint, got ${found}; change the key of @Resumable`
}
