import { unpadded } from '../../codecs/values/base64.js'
import type { HeaderFields, HeaderValue } from '../../core/header-fields.js'
import { reservedHeader } from '../failures.js'
import { refusedHeader } from '../protocol.js'

/** Headers of HTTP and of gRPC. They are not metadata: callers and handlers can neither set nor see them. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-message-type',
  'grpc-previous-rpc-attempts',
  'grpc-status',
  'grpc-status-details-bin',
  'grpc-timeout',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  refusedHeader,
])

/**
 * Adds metadata to a flat list of names and values for HTTP/2: bytes in base64 without padding, text without white space at its ends, which
 * HTTP/2 does not allow.
 * @throws RpcError `invalid_argument` (`reserved_header`) for a name that belongs to the protocol
 */
export function writeMetadata(headers: HeaderFields | undefined, list: string[]): void {
  if (headers === undefined) return
  for (const [name, value] of headers) {
    if (reserved.has(name)) {
      throw reservedHeader(name)
    }
    list.push(name, typeof value === 'string' ? value.trim() : unpadded(value))
  }
}

/**
 * The metadata among received fields, as for `Headers.adopt`.
 * @param fields name, value, name, value ...
 */
export function readMetadata(fields: readonly string[]): HeaderValue[] {
  const list: HeaderValue[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] as string
    const value = fields[i + 1] as string
    if (reserved.has(name)) continue
    if (!name.endsWith('-bin')) list.push(name, value)
    // A proxy may join the values of a repeated header with commas (RFC 9110, 5.3); base64 has none.
    else for (const part of value.split(',')) list.push(name, Buffer.from(part, 'base64'))
  }
  return list
}
