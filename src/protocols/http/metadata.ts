import { bytesOfBase64, unpadded } from '../../codecs/values/base64.js'
import type { HeaderFields, HeaderValue } from '../../core/headers.js'
import { reservedHeader } from '../failures.js'
import { reservedHeaders } from '../http1/reserved-headers.js'

/** Headers of HTTP, of the Connect protocol and of gRPC-Web, which are not metadata. */
const reserved: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...reservedHeaders,
  'accept-encoding',
  'accept-post',
  'allow',
  'connect-accept-encoding',
  'connect-content-encoding',
  'connect-protocol-version',
  'connect-timeout-ms',
  'content-encoding',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-previous-rpc-attempts',
  'grpc-status',
  'grpc-status-details-bin',
  'grpc-timeout',
])

/** In unary replies trailers are sent as headers with this prefix. */
export const trailerPrefix = 'trailer-'

/**
 * Adds a call's headers to a flat list of names and values, without white space at their ends: HTTP/2 does not allow it, and HTTP/1.1 drops it.
 * @param prefix put in front of each name
 * @throws RpcError `invalid_argument` (`reserved_header`) for a name that belongs to the protocol
 */
export function writeMetadata(headers: HeaderFields, list: string[], prefix = ''): void {
  for (const [name, value] of headers) {
    if (reserved.has(name)) {
      throw reservedHeader(name)
    }
    list.push(prefix + name, textOf(value))
  }
}

/** A value as text: bytes in base64 without padding, as in gRPC. */
export function textOf(value: HeaderValue): string {
  return typeof value === 'string' ? value.trim() : unpadded(value)
}

/**
 * Adds one received header to what `Headers.adopt` takes, unless it belongs to the protocol.
 * @param name in lower case
 */
export function readMetadata(name: string, value: string, into: HeaderValue[]): void {
  if (reserved.has(name)) return
  if (!name.endsWith('-bin')) into.push(name, value)
  // A proxy may join the values of a repeated header with commas (RFC 9110, 5.3); base64 has none.
  else for (const part of value.split(',')) into.push(name, bytesOfBase64(part))
}

/**
 * The metadata in Node's flat list of raw headers, whose names may have any case. Cookies are one header again, which clients of HTTP/2 may
 * split (RFC 9113, section 8.2.3).
 */
export function metadataOf(raw: readonly string[]): HeaderValue[] {
  const list: HeaderValue[] = []
  let cookie = -1
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    if (name !== 'cookie') readMetadata(name, raw[i + 1] as string, list)
    else if (cookie === -1) cookie = list.push(name, raw[i + 1] as string) - 1
    else list[cookie] = `${list[cookie] as string}; ${raw[i + 1]}`
  }
  return list
}
