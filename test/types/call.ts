/** The members of `Call`, exactly. Everything else that the engine keeps on a call belongs to ActiveCall. Nothing here runs; see fields.ts. */
import type { ActiveCall, Call as ExtendCall } from '../../src/extend.js'
import type { Call } from '../../src/index.js'

type Member =
  | 'method'
  | 'message'
  | 'headers'
  | 'replyHeaders'
  | 'replyTrailers'
  | 'compressMessages'
  | 'deadline'
  | 'clock'
  | 'signal'
  | 'canceled'
  | 'peer'
  | 'endpoint'
  | 'attempt'
  | 'id'
  | 'baggage'
  | 'lastEventId'
  | 'tried'
  | 'sendHeaders'
  | 'onCancel'
  | 'offCancel'

/** `true` if both unions are the same; else the members that only one of them has. */
type Difference<A, B> = [Exclude<A, B> | Exclude<B, A>] extends [never] ? true : Exclude<A, B> | Exclude<B, A>

export const members: Difference<keyof Call, Member> = true

/** Both entries export one `Call`, and whatever the engine passes on is one. */
export const pass = (call: ActiveCall): ExtendCall => call
export const same = (call: ExtendCall): Call => call

export function replaced(call: Call): void {
  call.message = 'another'
  // @ts-expect-error the deadline is the caller's
  call.deadline = 0
  // @ts-expect-error only failover moves on
  call.tried = []
}
