import type { Reason } from '../../core/reasons.js'
import { Fault } from '../values/fault.js'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Node's lenient decoder is the faster; only what it had to replace, or what held U+FFFD already, is looked at again.
 * @param reason of the Fault for what is no UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, reason: Reason): string {
  const text = Buffer.prototype.utf8Slice.call(bytes, 0, bytes.length)
  if (!text.includes('\ufffd')) return text
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Fault('this is no UTF-8', reason)
  }
}
