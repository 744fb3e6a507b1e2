import type { Encoding } from '../../../codecs/compression.js'
import { encodings } from '../../../codecs/compression.js'
import type { ErrorDetails } from '../../../codecs/error-details.js'
import type { Call } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import { failure, RpcError } from '../../../core/rpc-error.js'
import { HeadersTooLarge, type Http2Error } from '../../../http2/error.js'
import { replyHeadersTooLarge, unexpectedReply } from '../../failures.js'
import { decodeStatus } from '../../grpc-status/rpc-status.js'
import { codeOfStatus, decodeMessage } from '../../grpc-status/status.js'
import { resetError, where } from '../../http2/client/reset-error.js'
import { isKnown } from '../../message-encoding.js'
import { acceptedEncodings } from '../compression.js'
import { type ReplyFields, replyFieldsOf } from './reply-fields.js'

/** The error of a reply; undefined if its status is 0. */
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

export function notGrpc(fields: ReplyFields, call: Call): RpcError {
  return unexpectedReply(call.method.path, {
    address: where(call),
    status: fields.httpStatus,
    contentType: fields.contentType,
    ...(fields.httpStatus === 415 && { said: 'it takes no gRPC; a server of HTTP is called with http:// or https://' }),
  })
}

function noStatus(fields: ReplyFields, call: Call): RpcError {
  if (fields.httpStatus !== 0 && !fields.isGrpc) return notGrpc(fields, call)
  return missingStatus(call)
}

export function missingStatus(call: Call): RpcError {
  const message = `${call.method.path}: the reply of ${where(call)} ended without a grpc-status`
  return failure('missing_status', Code.unknown, message)
}

/** @throws RpcError `internal` (`unknown_encoding`): the server knew what this side accepts. Source: grpc/doc/compression.md */
export function replyEncoding(name: string | undefined, call: Call): Encoding | undefined {
  if (isKnown(name)) return encodings.get(name ?? '')
  const text = JSON.stringify(name?.slice(0, 32))
  const message = `${call.method.path}: the reply has grpc-encoding ${text}, which is not one of ${acceptedEncodings}`
  throw failure('unknown_encoding', Code.internal, message)
}

/** @param lost whether the connection ended too */
export function brokenReply(error: Http2Error, call: Call, lost: boolean): RpcError {
  return error instanceof HeadersTooLarge ? oversizedReply(error, call) : resetError(error, call, lost)
}

/** The error of a reply with too large headers. It has the reply's code if that arrived before the limit. */
function oversizedReply(error: HeadersTooLarge, call: Call): RpcError {
  const { status } = replyFieldsOf(error.headers)
  const code = status === undefined || status === '0' ? Code.resource_exhausted : codeOfStatus(status)
  return replyHeadersTooLarge(call.method.path, error.limit, { code, cause: error })
}
