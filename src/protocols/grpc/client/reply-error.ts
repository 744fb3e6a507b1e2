import type { ErrorDetails } from '../../../codecs/error-details.js'
import type { Call } from '../../../core/call.js'
import { deadlineExceeded } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import { RpcError } from '../../../core/rpc-error.js'
import { HeadersTooLarge, type Http2Error } from '../../../http2/error.js'
import { decodeStatus } from '../rpc-status.js'
import { codeOfHttpStatus, codeOfReset, codeOfStatus, decodeMessage } from '../status.js'
import { type ReplyFields, replyFieldsOf } from './reply-fields.js'

/** The error that a reply ends with; undefined where it ends well. */
export function errorOf(fields: ReplyFields, call: Call, details: ErrorDetails): RpcError | undefined {
  if (fields.status === '0') return undefined
  if (fields.status === undefined) return noStatus(fields, call)
  const own = {
    message: decodeMessage(fields.message),
    code: codeOfStatus(fields.status),
    headers: fields.metadata.length === 0 ? undefined : Headers.adopt([...fields.metadata]),
    delivery: fields.isRefused ? ('refused' as const) : ('unknown' as const),
  }
  const status = fields.details === undefined ? undefined : decodeStatus(Buffer.from(fields.details, 'base64'))
  const typed = details.typed(status?.details ?? [], own)
  if (typed !== undefined) return typed
  const { message, code, headers, delivery } = own
  return new RpcError(message, code, {
    delivery,
    details: status?.details ?? [],
    ...(headers === undefined ? {} : { headers }),
  })
}

/** A reply that is none of gRPC's: a proxy's error page, or a server that speaks something else. */
export function notGrpc(fields: ReplyFields, call: Call): RpcError {
  const { httpStatus } = fields
  return new RpcError(
    `${call.method.path}: ${where(call)} answered with HTTP status ${httpStatus} and no gRPC reply`,
    codeOfHttpStatus(httpStatus),
    { reason: 'not_grpc' },
  )
}

function noStatus(fields: ReplyFields, call: Call): RpcError {
  if (fields.httpStatus !== 0 && !fields.isGrpc) return notGrpc(fields, call)
  return new RpcError(`${call.method.path}: the reply of ${where(call)} ended without a grpc-status`, Code.unknown, {
    reason: 'missing_status',
  })
}

/**
 * The error of a stream that ended before its reply did.
 * @param lost the connection is over, and not only the stream
 */
export function resetError(error: Http2Error, call: Call, lost: boolean): RpcError {
  if (error instanceof HeadersTooLarge) return replyHeadersTooLarge(error, call)
  const what = `${call.method.path}: ${where(call)}: ${error.message}`
  if (error.reach === 'refused') {
    return new RpcError(what, Code.unavailable, { reason: 'stream_refused', delivery: 'refused', cause: error })
  }
  if (error.reach === 'unsent' || lost) {
    return new RpcError(what, Code.unavailable, { reason: 'connection_lost', delivery: error.reach, cause: error })
  }
  const code = codeOfReset(error.code)
  // A server that knows the deadline may reset the stream a moment before this side's own timer.
  if (code === Code.canceled && call.clock.now() >= call.deadline) return deadlineExceeded(call)
  return new RpcError(what, code, { reason: 'stream_reset', cause: error })
}

/** Its code still counts where it came before what was too much. */
function replyHeadersTooLarge(error: HeadersTooLarge, call: Call): RpcError {
  const { status } = replyFieldsOf(error.headers)
  const code = status === undefined || status === '0' ? Code.resource_exhausted : codeOfStatus(status)
  return new RpcError(
    `${call.method.path}: ${where(call)} replied with ${error.message}; raise limits.headerBytes of this client, or send less`,
    code,
    { reason: 'reply_headers_too_large', cause: error },
  )
}

/** A request that is not sent, since the server has said that it would not take it. */
export function headersTooLarge(call: Call, size: number, limit: number): RpcError {
  return new RpcError(
    `${call.method.path}: the request has headers of ${size} bytes, and ${where(call)} takes ${limit}; send less in headers`,
    Code.resource_exhausted,
    { reason: 'headers_too_large', delivery: 'unsent' },
  )
}

function where(call: Call): string {
  return call.endpoint?.address ?? 'the server'
}
