import { isHandshake, shortestHandshake } from './handshake.js'

/**
 * How messages are told apart on a socket.
 *
 * `framed` is what the specification describes ("Message Framing"): buffers, each behind its length in four bytes, an empty one being the end
 * of the message. It has no serials, so replies come in the order of their requests. `netty` is what Java's NettyTransceiver made of it, and
 * avsc speaks too: a serial and the number of buffers in front (four bytes each), and no empty one behind; replies come in any order.
 */
export type Framing = 'netty' | 'framed'

/** More buffers than any peer begins a connection with. */
const maxFirstBuffers = 4096

/**
 * The framing of a connection that begins with a handshake. Its shape is looked at too: a byte salad is neither.
 * @param limit bytes of one message
 * @returns false: none; undefined: needs more bytes
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

/** Whether the length of a first buffer and a handshake stand at `at`. */
function detectAt(head: Uint8Array, at: number, limit: number): boolean | undefined {
  const length = uint32(head, at)
  if (length === undefined) return undefined
  return length >= shortestHandshake && length <= limit ? isHandshake(head, at + 4) : false
}

function uint32(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length < at + 4) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at)
}
