import { STATUS_CODES } from 'node:http'
import type { RpcError } from '../../../core/rpc-error.js'
import { errorToJson } from '../error-json.js'

/** A whole reply with an error that ends its connection, for a connection that has no `ServerResponse`. @param head further lines */
export function rawReply(status: number, error: RpcError, head = ''): string {
  const body = JSON.stringify(errorToJson(error))
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n${head}connection: close\r\n\r\n${body}`
  )
}
