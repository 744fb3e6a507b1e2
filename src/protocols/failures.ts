/**
 * The failures that every wire can have. Each has one reason, one code, one delivery and one wording, so a caller sees the same error on
 * every protocol. Failures of one protocol (HPACK, a handshake, THeader) are in its folder.
 *
 * `path` is the method, as in `/shop.Cart/Add`.
 */
import { Code } from '../core/code.js'
import type { HeaderFields } from '../core/header-fields.js'
import { refusal } from '../core/refusal.js'
import { type Delivery, failure, RpcError } from '../core/rpc-error.js'

// Raised at the server

/**
 * Adds the method to an error of a decoder or a reader. Returns any other error unchanged: the error of a custom codec is not for the peer.
 */
export function unreadableRequest<E>(error: E, path: string): E | RpcError {
  if (!(error instanceof RpcError) || error.reason === undefined || error.message.startsWith(path)) return error
  return prefixed(error, `${path}: the request cannot be read`)
}

/**
 * The same on gRPC, which specifies `internal` for a request that cannot be parsed. An error from the application's own checks keeps
 * `invalid_argument`.
 */
export function unparsedRequest<E>(error: E, path: string): E | RpcError {
  const named = unreadableRequest(error, path)
  if (!(named instanceof RpcError) || named.code !== Code.invalid_argument) return named
  const { message, reason, cause } = named
  if (reason === undefined || (cause instanceof RpcError ? cause : named).cause !== undefined) return named
  return new RpcError(message, Code.internal, { reason, cause, details: named.details })
}

/** @param path undefined if the headers were too large to read it */
export function headersTooLarge(path: string | undefined, limit: number): RpcError {
  const message = `${at(path && shown(path))}the headers of the request are larger than ${limit} bytes (limits.headerBytes)`
  return failure('headers_too_large', Code.resource_exhausted, message)
}

/** @param path as the client wrote it */
export function unknownMethod(path: string): RpcError {
  return failure('unknown_method', Code.unimplemented, `${shown(path)}: the server has no such method`)
}

export function expiredOnArrival(path: string): RpcError {
  const message = `${path}: the deadline had passed before the call could begin`
  return failure('expired_on_arrival', Code.deadline_exceeded, message)
}

/** @param path undefined if no call was read */
export function draining(path?: string): RpcError {
  return refusal('draining', Code.unavailable, `${at(path)}the server is shutting down; call another`)
}

export function tooManyCalls(path: string, limit: number): RpcError {
  const message = `${path}: ${limit} calls are in flight on this connection (limits.callsPerConnection); use another`
  return refusal('too_many_calls', Code.resource_exhausted, message)
}

/** @param limit milliseconds */
export function requestBodyTimeout(path: string, limit: number): RpcError {
  const message = `${path}: the request did not arrive within ${limit} ms (limits.bodyTimeout)`
  return failure('request_body_timeout', Code.deadline_exceeded, message)
}

/** @param count of messages that arrived: `none`, `more than one` */
export function wrongRequestCount(path: string, count: string): RpcError {
  return failure('wrong_message_count', Code.unimplemented, `${path} takes one request message, got ${count}`)
}

/** The connection ended while the handler ran, for whatever reason. */
export function clientDisconnected(path: string): RpcError {
  return failure('client_disconnected', Code.canceled, `${path}: the connection to the client was closed`)
}

/** The client said that it no longer wants the reply. */
export function canceledByClient(path: string): RpcError {
  return failure('canceled', Code.canceled, `${path}: the client cancelled the call`)
}

/** What the peer receives if a reply cannot be sent. Only the server's log has the reason. */
export function unwritableReply(path: string): RpcError {
  return failure('unwritable_reply', Code.internal, `${path}: the reply could not be sent; the server's log says why`)
}

// Raised at the caller

export function connectFailed(address: string, why: string, cause?: unknown): RpcError {
  const isRefused = (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
  const reason = isRefused ? `nothing listens there; start the server, or correct the target (${why})` : why
  const message = `cannot connect to ${address}: ${reason}`
  return failure('connect_failed', Code.unavailable, message, { delivery: 'unsent', cause })
}

interface Lost {
  readonly address: string
  readonly delivery?: Delivery
  readonly cause?: unknown
}

/** @param path undefined for the failure of the connection itself, which may have many calls */
export function connectionLost(path: string | undefined, why: string, { address, ...options }: Lost): RpcError {
  return failure(
    'connection_lost',
    Code.unavailable,
    `${at(path)}the connection to ${address} was lost: ${why}`,
    options,
  )
}

export function replyTruncated(path: string, address: string, cause?: unknown): RpcError {
  return failure('reply_truncated', Code.unavailable, `${path}: ${address} closed the connection within its reply`, {
    cause,
  })
}

export function replyHeadersTooLarge(
  path: string,
  limit: number,
  { cause, code = Code.resource_exhausted }: { readonly cause: unknown; readonly code?: Code },
): RpcError {
  const message = `${path}: the headers of the reply are larger than ${limit} bytes (limits.headerBytes)`
  return failure('reply_headers_too_large', code, message, { cause })
}

export function malformedReply(path: string, why: string, cause?: unknown): RpcError {
  return failure('malformed_reply', Code.internal, `${path}: the reply cannot be read: ${why}`, { cause })
}

/** Adds the method to an error of a decoder or a reader. Malformed bytes in a reply are the server's mistake: `internal`. */
export function unreadableReply(cause: unknown, path: string): RpcError {
  const error = RpcError.from(cause, Code.internal)
  const { message, code, reason } = error
  if (message.startsWith(path)) return error
  if (reason === undefined || code === Code.invalid_argument) return malformedReply(path, message, cause)
  return prefixed(error, `${path}: the reply cannot be read`)
}

/** @param count of messages that arrived: `none`, `more than one` */
export function wrongReplyCount(path: string, count: string): RpcError {
  return failure('wrong_message_count', Code.unimplemented, `${path}: the reply must be one message, got ${count}`)
}

export interface UnexpectedReply {
  readonly address: string
  /** The HTTP status. */
  readonly status: number
  readonly contentType: string
  /** The beginning of its body, if that is text. */
  readonly said?: string
  readonly headers?: HeaderFields
  /** `refused`: the server proves that no handler saw the call. */
  readonly delivery?: Delivery
  /** With status 200, the server speaks the protocol, but in another codec. Default false. */
  readonly isOtherCodec?: boolean
  /** Default: `codeOfHttpStatus`. */
  readonly codeOf?: (status: number) => Code
}

/** An HTTP reply that does not come from the service: a proxy's error page, or a server of another kind. */
export function unexpectedReply(path: string, reply: UnexpectedReply): RpcError {
  const { address, status, contentType, said = '', isOtherCodec, codeOf = codeOfHttpStatus, ...options } = reply
  const what = `HTTP status ${status}${contentType === '' ? '' : ` and content type ${contentType.slice(0, 100)}`}`
  const message = `${path}: ${address} answered with ${what} in place of a reply${said === '' ? '' : `: ${said.trim()}`}`
  if (status === 200) return failure('malformed_reply', isOtherCodec ? Code.internal : Code.unknown, message, options)
  const code = options.delivery === 'refused' ? Code.unavailable : codeOf(status)
  return failure('unexpected_status', code, message, options)
}

/** @param name of the header that the caller or the handler set */
export function reservedHeader(name: string): RpcError {
  const message = `header ${JSON.stringify(name)} belongs to the protocol; choose another name`
  return failure('reserved_header', Code.invalid_argument, message, { delivery: 'unsent' })
}

export function unboundMethod(path: string): RpcError {
  return failure('unbound_method', Code.internal, `${path} is not bound to this channel`, { delivery: 'unsent' })
}

/**
 * The code for an HTTP reply without one, such as a proxy's error page.
 * Sources: Connect protocol, "HTTP to Error Code"; grpc/doc/http-grpc-status-mapping.md. They agree.
 */
export function codeOfHttpStatus(status: number): Code {
  return codes.get(status) ?? Code.unknown
}

/**
 * The same for Thrift and Avro over HTTP. Their servers refuse a request that is too large before they have read its call, so they answer
 * only with a status. No specification gives 413 and 431 another code there.
 */
export function codeOfPlainStatus(status: number): Code {
  return status === 413 || status === 431 ? Code.resource_exhausted : codeOfHttpStatus(status)
}

const codes: ReadonlyMap<number, Code> = new Map([
  [400, Code.internal],
  [401, Code.unauthenticated],
  [403, Code.permission_denied],
  [404, Code.unimplemented],
  [429, Code.unavailable],
  [502, Code.unavailable],
  [503, Code.unavailable],
  [504, Code.unavailable],
])

function at(path: string | undefined): string {
  return path === undefined ? '' : `${path}: `
}

/** The same error with the place before its message. */
function prefixed(cause: RpcError, where: string): RpcError {
  const { message, code, reason, details } = cause
  return new RpcError(`${where}: ${message}`, code, { ...(reason && { reason }), cause, details })
}

/** The beginning of a path or name that a peer sent. */
function shown(path: string): string {
  return path.slice(0, 200)
}
