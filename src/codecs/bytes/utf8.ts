import type { Reason } from '../../core/reasons.js'
import { Fault, halfPair } from '../values/fault.js'
import { utf8Size, utf8Slice } from './native.js'

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Uses Node's lenient decoder, which is faster. A text with U+FFFD is decoded again by the strict one.
 * @param reason of the Fault for bytes that are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, reason: Reason): string {
  const text = utf8Slice.call(bytes, 0, bytes.length)
  if (!text.includes('\ufffd')) return text
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Fault('this is no UTF-8', reason)
  }
}

/** The length of a text in UTF-8. @throws Fault if the text has a lone surrogate */
export function utf8Length(text: string): number {
  if (text.isWellFormed()) return utf8Size(text)
  throw halfPair()
}
