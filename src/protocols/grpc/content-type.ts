import type { Codec } from '../../codecs/codec.js'

const base = 'application/grpc'

/** What `content-type` says of a message of this codec: plain `application/grpc` is protobuf, which every peer knows by that name. */
export function contentTypeOf(codec: Codec): string {
  return codec.name === 'proto' ? base : `${base}+${codec.contentTypes[0] ?? codec.name}`
}

/**
 * The codec subtype of a gRPC content type: `proto` where it names none.
 * Source: gRPC over HTTP/2, "Content-Type".
 * @returns undefined where it is none of gRPC's; `application/grpc-web` is another protocol
 */
export function subtypeOf(contentType: string): string | undefined {
  if (contentType === base) return 'proto'
  if (!contentType.startsWith(base)) return undefined
  const end = contentType.indexOf(';')
  const subtype = (end < 0 ? contentType : contentType.slice(0, end)).slice(base.length).trim()
  if (subtype === '') return 'proto'
  return subtype.startsWith('+') ? subtype.slice(1).toLowerCase() : undefined
}
