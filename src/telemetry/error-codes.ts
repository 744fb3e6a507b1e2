import type { ObservedSide } from '../core/call-observer.js'
import { Code } from '../core/code.js'

/** Codes that are an error of the server. The others are the caller's, which a server does not count as an error. */
const serverErrors: ReadonlySet<Code> = new Set([
  Code.unknown,
  Code.deadline_exceeded,
  Code.unimplemented,
  Code.internal,
  Code.unavailable,
  Code.data_loss,
])

/** Whether the call was an error for this side. Source: OpenTelemetry, "Semantic conventions for gRPC", status of spans. */
export function isErrorCode(side: ObservedSide, code: Code): boolean {
  return side === 'client' ? code !== Code.ok : serverErrors.has(code)
}
