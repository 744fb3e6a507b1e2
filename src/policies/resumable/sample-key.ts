import type { PolicyDefinition } from '../../core/policy.js'
import { misuse } from '../../core/rpc-error.js'
import { shown } from '../../core/shown.js'
import { type MessageSchema, zeroOf } from '../../schema/message.js'
import type { MethodSchema } from '../../schema/service.js'
import type { ValueType } from '../../schema/type.js'
import { isEventKey, wrongKey } from './ids.js'

/**
 * Refuses a key of `@Resumable` that is no key. The key is tried on a reply of zeros. What it throws there says nothing of real replies,
 * and undefined may be a reply without a key.
 *
 * @throws RpcError `failed_precondition` (`policy_conflict`)
 */
export function checkKey({ path, output, result }: MethodSchema, definitions: readonly PolicyDefinition[]): void {
  const key = definitions.find(({ resumption }) => resumption !== undefined)?.resumption?.key
  if (key === undefined) return
  const reply = result === 'value' ? sampleOf(output.fields[0]?.type as ValueType) : sampleMessage(output)
  let found: unknown
  try {
    found = (key as (reply: unknown) => unknown)(reply)
  } catch {
    return
  }
  if (found === undefined || isEventKey(found)) return
  const type = samples.get(found as object)
  throw misuse('policy_conflict', `${path}: ${wrongKey(type === undefined ? shown(found) : `a ${type}`)}`)
}

/** The message of a sample. */
const samples = new WeakMap<object, string>()

/** Its fields have the zeros of their types. A field is made when it is read, so that a message may contain itself. */
function sampleMessage(message: MessageSchema): object {
  const sample = Object.create((message.class?.prototype ?? Object.prototype) as object) as object
  for (const { key, type } of message.fields) {
    Object.defineProperty(sample, key, { get: () => sampleOf(type), enumerable: true, configurable: true })
  }
  samples.set(sample, message.name)
  return sample
}

function sampleOf(type: ValueType): unknown {
  if (type.kind === 'message') return sampleMessage(type.message)
  return zeroOf(type)()
}
