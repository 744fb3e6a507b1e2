import type { Codec } from '../../codecs/codec.js'
import type { MethodKind } from '../../core/call.js'

const streamed = 'application/connect+'
const unary = 'application/'

export function isStreaming(kind: MethodKind): boolean {
  return kind !== 'unary'
}

/** The content types of a codec for methods of this kind. The first is sent. */
export function contentTypesOf(codec: Codec, kind: MethodKind): string[] {
  return codec.contentTypes.map(subtype => (isStreaming(kind) ? streamed : unary) + subtype)
}

/** Whether a media type is of the protocol for methods of this kind, in any codec. */
export function isOfProtocol(mediaType: string, kind: MethodKind): boolean {
  return mediaType.startsWith(isStreaming(kind) ? streamed : unary)
}

/**
 * A media type without parameters and in lower case: `application/json` of `Application/JSON; charset=utf-8`. A type with another charset
 * than UTF-8 is returned unchanged, so that it matches nothing.
 */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(';')
  if (end < 0) return contentType.trim().toLowerCase()
  if (/charset\s*=(?!\s*"?utf-?8)/i.test(contentType)) return contentType
  return contentType.slice(0, end).trim().toLowerCase()
}
