import { RpcError } from '../../../core/rpc-error.js'
import { connectFailed, connectionLost, malformedReply, replyHeadersTooLarge, replyTruncated } from '../../failures.js'
import type { HttpConnections } from './link.js'

/** The state of an exchange when it failed. */
export interface ExchangeState {
  readonly connections: HttpConnections
  /** The path of the method. */
  readonly path: string
  /** Whether the request had begun to leave this process. */
  readonly sent: boolean
  /** Whether any of the reply had arrived. */
  readonly replied: boolean
}

/** The error of an exchange that failed below the protocol: no connection, a lost one, a truncated reply, or bytes that are not HTTP. */
export function exchangeError(cause: Error & { code?: string }, state: ExchangeState): RpcError {
  const { connections, path, sent, replied } = state
  const { address, limits } = connections
  if (cause instanceof RpcError) return cause
  if (!sent) return connectFailed(address, cause.message, cause)
  switch (cause.code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return replyHeadersTooLarge(path, limits.headerBytes, { cause })
    case 'HPE_INVALID_EOF_STATE':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return replyTruncated(path, address, cause)
  }
  if (cause.name === 'HTTPParserError')
    return malformedReply(path, `${address} did not answer in HTTP/1.1: ${cause.message}`, cause)
  return replied ? replyTruncated(path, address, cause) : connectionLost(path, cause.message, { address, cause })
}
