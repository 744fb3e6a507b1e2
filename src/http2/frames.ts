/** Frame types (RFC 9113, section 6). */
export const DATA = 0x0
export const HEADERS = 0x1
export const PRIORITY = 0x2
export const RST_STREAM = 0x3
export const SETTINGS = 0x4
export const PUSH_PROMISE = 0x5
export const PING = 0x6
export const GOAWAY = 0x7
export const WINDOW_UPDATE = 0x8
export const CONTINUATION = 0x9

/** Frame flags. */
export const END_STREAM = 0x1
export const ACK = 0x1
export const END_HEADERS = 0x4
export const PADDED = 0x8
export const HAS_PRIORITY = 0x20

/** Bytes in front of every frame's payload. */
export const HEAD_SIZE = 9
/** The largest window and the largest stream id: 2^31 - 1. */
export const MAX_31_BITS = 0x7fffffff
/** The frame size that every peer accepts, and the only one this engine accepts. */
export const MIN_MAX_FRAME = 16_384
/** The first bytes of a client (RFC 9113, section 3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Writes the nine bytes in front of a payload; `kind` is the type in its high byte and the flags in its low byte. */
export function writeHead(target: Uint8Array, at: number, length: number, kind: number, streamId: number): void {
  target[at] = length >>> 16
  target[at + 1] = length >>> 8
  target[at + 2] = length
  target[at + 3] = kind >>> 8
  target[at + 4] = kind
  writeUint32(target, at + 5, streamId)
}

export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

export function readUint32(source: Uint8Array, at: number): number {
  return (readUint31(source, at) | ((source[at] as number) & 0x80 ? 0x80000000 : 0)) >>> 0
}

/** A 31-bit number, without the reserved bit in front of it. */
export function readUint31(source: Uint8Array, at: number): number {
  return (
    (((source[at] as number) & 0x7f) << 24) |
    ((source[at + 1] as number) << 16) |
    ((source[at + 2] as number) << 8) |
    (source[at + 3] as number)
  )
}
