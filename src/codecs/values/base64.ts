import { base64Slice, base64Write } from '../bytes/native.js'
import { Fault } from './fault.js'

/** Base64 in the standard alphabet, with padding. */
export function toBase64(bytes: Uint8Array): string {
  return base64Slice.call(bytes, 0, bytes.length)
}

/** Standard base64 without `=`. */
export function unpadded(bytes: Uint8Array): string {
  return toBase64(bytes).replace(/=+$/, '')
}

/** The bytes of base64 in a header or beside a message, where other characters are passed over. */
export function bytesOfBase64(text: string): Uint8Array {
  const plain = text.replace(/[^A-Za-z0-9+/_-]/g, '')
  const bytes = new Uint8Array((plain.length * 3) >> 2)
  base64Write.call(bytes, plain, 0, bytes.length)
  return bytes
}

const notBase64 = /[^A-Za-z0-9+/_-]/

/** Accepts the standard alphabet and the URL-safe one, with or without padding. @throws Fault */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const length = text.length - padding
  if (length % 4 === 1 || (padding > 0 && text.length % 4 !== 0) || notBase64.test(text.slice(0, length))) {
    throw new Fault('expected bytes in base64, got other text')
  }
  const bytes = new Uint8Array((length * 3) >> 2)
  base64Write.call(bytes, text, 0, bytes.length)
  return bytes
}
