import type { Limits } from '../core/limits.js'
import type { Reason } from '../core/reasons.js'
import type { RpcError } from '../core/rpc-error.js'

/** Limits whose refusals are counted, by the reason that the refused call has. */
const limitOf: ReadonlyMap<string | undefined, keyof Limits> = new Map<Reason, keyof Limits>([
  ['headers_too_large', 'headerBytes'],
  ['message_too_large', 'messageBytes'],
  ['overloaded', 'concurrency'],
  ['request_body_timeout', 'bodyTimeout'],
  ['too_many_calls', 'callsPerConnection'],
  ['too_many_values', 'values'],
])

/** How many calls each limit of a server has refused. */
export class LimitRefusals {
  private readonly counts = new Map([...limitOf.values()].map(limit => [limit, 0]))

  /** Counts a refused request, or the failure of a served call, if a limit is its reason. */
  add({ reason }: RpcError): void {
    const limit = limitOf.get(reason)
    if (limit !== undefined) this.counts.set(limit, (this.counts.get(limit) ?? 0) + 1)
  }

  /** Undefined for a limit whose refusals are not counted here. */
  of(limit: keyof Limits): number | undefined {
    return this.counts.get(limit)
  }
}
