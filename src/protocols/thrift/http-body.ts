import type { ThriftFormat } from '../../codecs/thrift/wire.js'
import type { HeaderValue } from '../../core/headers.js'
import type { Limits } from '../../core/limits.js'
import { formatOf } from './dialect.js'
import { readHeaderFrame } from './theader.js'

/** How an HTTP body holds a message: alone, as it should, or in a frame, as clients with stacked transports send it. */
export type Wrapping = 'none' | 'frame' | 'header'

export interface HttpBody {
  readonly wrapping: Wrapping
  readonly format: ThriftFormat
  /** THeader's zlib transform. */
  readonly zlib: boolean
  /** Headers of THeader, as for `Headers.adopt`. */
  readonly headers: HeaderValue[]
  readonly message: Buffer
}

/**
 * Finds the message in a body.
 * @returns undefined if it is not of a Thrift protocol
 * @throws as `readHeaderFrame`
 */
export function readHttpBody(body: Uint8Array, limits: Limits): HttpBody | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // An old binary message begins with the length of the method's name, after which more follows.
  const isFrame = bytes[0] === 0 && bytes.length > 4 && bytes.readInt32BE(0) === bytes.length - 4
  const message = isFrame ? bytes.subarray(4) : bytes
  if (isFrame && message[0] === 0x0f) {
    const { format, zlib, headers, payload } = readHeaderFrame(message, limits)
    return { wrapping: 'header', format, zlib, headers, message: payload }
  }
  const format = formatOf(message[0])
  return format && { wrapping: isFrame ? 'frame' : 'none', format, zlib: false, headers: [], message }
}
