import type { Codec } from '../../codecs/codec.js'

const base = 'application/grpc'

/** The `content-type` of messages in this codec. Plain `application/grpc` is protobuf, which every peer knows by that name. */
export function contentTypeOf(codec: Codec): string {
  return codec.name === 'proto' ? base : `${base}+${codec.contentTypes[0] ?? codec.name}`
}

/**
 * The codec in a gRPC content type; `proto` if it names none. Source: gRPC over HTTP/2, "Content-Type".
 * @returns undefined if it is not gRPC; `application/grpc-web` is another protocol
 */
export function subtypeOf(contentType: string): string | undefined {
  if (contentType === base) return 'proto'
  if (!contentType.startsWith(base)) return undefined
  const end = contentType.indexOf(';')
  const subtype = (end < 0 ? contentType : contentType.slice(0, end)).slice(base.length).trim()
  if (subtype === '') return 'proto'
  return subtype.startsWith('+') ? subtype.slice(1).toLowerCase() : undefined
}
