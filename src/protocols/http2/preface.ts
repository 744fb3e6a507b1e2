import { PREFACE } from '../../http2/frames.js'

const preface = Buffer.from(PREFACE, 'latin1')

/**
 * Whether these bytes begin a connection of HTTP/2: every one begins with the same 24 (RFC 9113, section 3.4).
 * @returns undefined: needs more bytes
 */
export function detectHttp2(head: Uint8Array): boolean | undefined {
  const known = Math.min(preface.length, head.byteLength)
  if (Buffer.compare(preface.subarray(0, known), head.subarray(0, known)) !== 0) return false
  return known === preface.length ? true : undefined
}
