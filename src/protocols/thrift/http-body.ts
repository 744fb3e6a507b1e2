import type { ThriftFormat } from '../../codecs/thrift/wire.js'
import type { HeaderValue } from '../../core/headers.js'
import type { Limits } from '../../core/limits.js'
import { formatOf } from './dialect.js'
import { readHeaderFrame } from './theader.js'

/** How a message stands in the body of an HTTP request: alone, as it should, or as a client writes it whose transports are stacked. */
export type Wrapping = 'none' | 'frame' | 'header'

export interface HttpBody {
  readonly wrapping: Wrapping
  readonly format: ThriftFormat
  /** THeader's zlib transform. */
  readonly zlib: boolean
  /** Of THeader; as for `Headers.adopt`. */
  readonly headers: HeaderValue[]
  readonly message: Buffer
}

/**
 * Finds the message in a body.
 * @returns undefined if it is of none of the Thrift protocols
 * @throws as `readHeaderFrame`
 */
export function readHttpBody(body: Uint8Array, limits: Limits): HttpBody | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // A method's name, whose length begins an old binary message, is never all that follows.
  const isFrame = bytes[0] === 0 && bytes.length > 4 && bytes.readInt32BE(0) === bytes.length - 4
  const message = isFrame ? bytes.subarray(4) : bytes
  if (isFrame && message[0] === 0x0f) {
    const { format, zlib, headers, payload } = readHeaderFrame(message, limits)
    return { wrapping: 'header', format, zlib, headers, message: payload }
  }
  const format = formatOf(message[0])
  return format && { wrapping: isFrame ? 'frame' : 'none', format, zlib: false, headers: [], message }
}
