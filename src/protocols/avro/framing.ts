import { isHandshake, shortestHandshake } from './handshake.js'

/**
 * How messages are separated on a socket.
 *
 * `framed` is the form of the specification ("Message Framing"): buffers, each after its length in four bytes, and an empty buffer at the
 * end. It has no serials, so replies arrive in the order of their requests. `netty` is the form of Java's NettyTransceiver and of avsc: a
 * serial and the number of buffers (four bytes each) first, and no empty buffer at the end. Replies arrive in any order.
 */
export type Framing = 'netty' | 'framed'

/** The most buffers in a connection's first message. */
const maxFirstBuffers = 4096

/**
 * Detects the framing of a connection by the shape of its first message, a handshake.
 * @param limit bytes of one message
 * @returns false if it is not Avro; undefined if it needs more bytes
 */
export function detectFraming(head: Uint8Array, limit: number): Framing | false | undefined {
  const framed = detectAt(head, 0, limit)
  const buffers = uint32(head, 4)
  const counted = buffers === undefined ? undefined : buffers > 0 && buffers <= maxFirstBuffers
  const netty = counted === true ? detectAt(head, 8, limit) : counted
  if (netty === true) return 'netty'
  if (framed === true && netty === false) return 'framed'
  return framed === false && netty === false ? false : undefined
}

/** Whether the length of a first buffer and a handshake begin at `at`. */
function detectAt(head: Uint8Array, at: number, limit: number): boolean | undefined {
  const length = uint32(head, at)
  if (length === undefined) return undefined
  return length >= shortestHandshake && length <= limit ? isHandshake(head, at + 4) : false
}

function uint32(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length < at + 4) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at)
}
