import type { Reason } from './reasons.js'

/** A typed detail of an error, as google.rpc.Status carries it. */
export interface ErrorDetail {
  /** The full name of the message: `google.rpc.RetryInfo`. */
  readonly type: string
  /** The message in protobuf. */
  readonly value: Uint8Array
  /** The message in JSON, as Connect servers send it for readers. Default: absent. */
  readonly debug?: unknown
}

/** The full name of the detail. Source: googleapis/google/rpc/error_details.proto; AIP-193. */
const type = 'google.rpc.ErrorInfo'
const domain = 'polywire'

/**
 * Refusals that the caller of another process can act on: wait, send less, call elsewhere. All other reasons stay where they are raised.
 */
const shared: ReadonlySet<string> = /* @__PURE__ */ new Set<Reason>([
  'draining',
  'headers_too_large',
  'keys_collide',
  'message_too_large',
  'overloaded',
  'rate_limited',
  'too_many_calls',
  'too_many_values',
])
const none: readonly ErrorDetail[] = []
const made = /* @__PURE__ */ new Map<string, readonly ErrorDetail[]>()

/** An error, as far as its details and its reason go. */
interface Detailed {
  readonly details: readonly ErrorDetail[]
  readonly reason?: string | undefined
}

/**
 * The details to send with an error: its own, and before them the reason of those refusals that a caller can act on, as an ErrorInfo. It is
 * made when the error is sent, so that a page, which sends none, does without.
 */
export function sentDetails({ details, reason }: Detailed): readonly ErrorDetail[] {
  const info = reason === undefined ? none : errorInfo(reason)
  return info.length === 0 ? details : [...info, ...details]
}

/** Empty for a reason that stays where it is raised. */
export function errorInfo(reason: string): readonly ErrorDetail[] {
  if (!shared.has(reason)) return none
  let details = made.get(reason)
  if (details === undefined) {
    const value = Uint8Array.from([...textField(1, reason.toUpperCase()), ...textField(2, domain)])
    details = Object.freeze([{ type, value }])
    made.set(reason, details)
  }
  return details
}

/**
 * The reason that a server gave for refusing a call, if a caller can act on it: `rate_limited`, `too_many_calls`, `message_too_large` and a
 * few more. It crosses the wire as google.rpc.ErrorInfo among the details; `error.reason` is for failures of this side.
 *
 * @returns undefined if the error has no such reason
 *
 * @example
 * if (error instanceof RpcError && peerReason(error) === 'rate_limited') showBusySign()
 *
 * @see docs/reference/errors.md
 */
export function peerReason(error: Detailed): Reason | undefined {
  const infos = sentDetails(error).filter(detail => detail.type === type)
  return ([...shared] as Reason[]).find(reason => infos.some(({ value }) => isSame(value, errorInfo(reason)[0]?.value)))
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, at) => byte === b[at])
}

/** A field of protobuf's wire type 2, of fewer than 128 characters of ASCII. */
function textField(number: number, text: string): number[] {
  return [(number << 3) | 2, text.length, ...Array.from(text, char => char.charCodeAt(0))]
}
