import { Code } from '../../../core/code.js'
import { type Delivery, RpcError } from '../../../core/rpc-error.js'

/** Where a failed exchange stood. */
export interface ExchangeState {
  readonly address: string
  readonly path: string
  /** Whether the request had begun to leave this process. */
  readonly sent: boolean
  /** Whether any of the reply had arrived. */
  readonly replied: boolean
}

/** The error of an exchange that broke below the protocol: no connection, a lost one, a reply cut short, or bytes that are no HTTP. */
export function exchangeError(cause: Error & { code?: string }, state: ExchangeState): RpcError {
  const { address, path, sent, replied } = state
  const delivery: Delivery = sent ? 'unknown' : 'unsent'
  const failed = (message: string, code: Code, reason: string) =>
    new RpcError(`${path}: ${message}`, code, { reason, cause, delivery })
  if (!sent) return failed(`cannot connect to ${address}: ${cause.message}`, Code.unavailable, 'connect_failed')
  switch (cause.code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return failed(`the reply's headers are over the limit`, Code.resource_exhausted, 'reply_headers_too_large')
    case 'HPE_INVALID_EOF_STATE':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return failed(`${address} closed the connection within its reply`, Code.unavailable, 'reply_truncated')
  }
  if (cause.name === 'HTTPParserError') {
    return failed(`${address} did not answer in HTTP/1.1: ${cause.message}`, Code.internal, 'malformed_reply')
  }
  return replied
    ? failed(`${address} closed the connection within its reply`, Code.unavailable, 'reply_truncated')
    : failed(`the connection to ${address} was lost: ${cause.message}`, Code.unavailable, 'connection_lost')
}
