import type { Call } from '../../../core/call.js'
import { deadlineExceeded } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { ErrorCode, type Http2Error } from '../../../http2/error.js'
import { connectionLost } from '../../failures.js'

/**
 * The error of a stream that ended before its reply.
 * @param lost whether the connection ended too
 */
export function resetError(error: Http2Error, call: Call, lost: boolean): RpcError {
  const { path } = call.method
  const what = `${path}: ${where(call)}: ${error.message}`
  if (error.reach === 'refused') {
    return failure('stream_refused', Code.unavailable, what, { delivery: 'refused', cause: error })
  }
  if (error.reach === 'unsent' || lost) {
    return connectionLost(path, error.message, { address: where(call), delivery: error.reach, cause: error })
  }
  const code = codeOfReset(error.code)
  // A server that knows the deadline may reset the stream just before the client's timer fires.
  if (code === Code.canceled && call.clock.now() >= call.deadline) return deadlineExceeded(call)
  return failure('stream_reset', code, what, { cause: error })
}

/** The error of a request that is not sent, because the server announced that it would not take it. */
export function headersTooLarge(call: Call, size: number, limit: number): RpcError {
  const message = `${call.method.path}: the headers of the request have ${size} bytes, but ${where(call)} takes at most ${limit}`
  return failure('headers_too_large', Code.resource_exhausted, message, { delivery: 'unsent' })
}

/** The code for a stream that the peer reset. Source: gRPC over HTTP/2, "Errors". */
function codeOfReset(code: ErrorCode): Code {
  switch (code) {
    case ErrorCode.refused_stream:
      return Code.unavailable
    case ErrorCode.cancel:
      return Code.canceled
    case ErrorCode.enhance_your_calm:
      return Code.resource_exhausted
    case ErrorCode.inadequate_security:
      return Code.permission_denied
    case ErrorCode.stream_closed:
      return Code.unknown
    default:
      return Code.internal
  }
}

/** The address that was called. */
export function where(call: Call): string {
  return call.endpoint?.address ?? 'the server'
}
