import { ErrorCode, type Http2Error, nameOf } from '../../../http2/error.js'

// The words are those of gRFC A94 for `grpc.disconnect_error`.

/** A peer can send any number as its code, so only those of RFC 9113 are named. */
export function goawayReason({ code }: Http2Error): string {
  return ErrorCode[code] === undefined ? 'unknown' : `GOAWAY ${nameOf(code)}`
}

/** Of a connection that ended without a GOAWAY from its server. */
export function lossReason(error: Http2Error | undefined): string {
  // The watchdog ends a client's connection with `no_error` only if a keepalive PING has no answer.
  if (error?.code === ErrorCode.no_error) return 'connection timed out'
  const cause = error?.cause
  if (!(cause instanceof Error)) return 'unknown'
  const { code } = cause as NodeJS.ErrnoException
  return reasons.get(code) ?? 'socket error'
}

const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['ECONNRESET', 'connection reset'],
  ['ETIMEDOUT', 'connection timed out'],
  ['ECONNABORTED', 'connection aborted'],
])
