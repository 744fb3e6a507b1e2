import { Fault } from '../values/fault.js'
import { asciiSlice, isUtf8, utf8Slice } from './native.js'

/** Bytes decoded at once. Short strings are slices of that text, so a string that is kept keeps this much memory. */
const windowSize = 1024
/** Bytes. Longer strings are decoded alone. */
export const longestShort = 256

/** Decodes the strings of a message. Short ones are slices of a longer text, which costs a fifth of a call into Node for each. */
export class TextWindow {
  /** Part of the bytes as Latin-1. */
  private text = ''
  private start = 0
  /** Behind the last byte of that text. */
  protected stop = 0

  /** @param end of the message in the bytes */
  constructor(
    protected bytes: Uint8Array,
    protected end: number,
  ) {}

  /** Continues with other bytes. */
  reset(bytes: Uint8Array, end: number): void {
    this.bytes = bytes
    this.end = end
    this.text = ''
    this.start = this.stop = 0
  }

  /** For bytes that the caller has found to be ASCII. */
  ascii(start: number, end: number): string {
    if (end - start > longestShort) return asciiSlice.call(this.bytes, start, end)
    if (end > this.stop || start < this.start) this.move(start)
    return this.text.substring(start - this.start, end - this.start)
  }

  /** For bytes that are probably not ASCII. @throws Fault for bytes that are not UTF-8 */
  utf8(start: number, end: number): string {
    const text = utf8Slice.call(this.bytes, start, end)
    if (!text.includes('\ufffd') || isUtf8(this.bytes.subarray(start, end))) return text
    throw new Fault('expected string, got bytes that are no UTF-8')
  }

  private move(start: number): void {
    this.start = start
    this.stop = Math.min(this.end, start + windowSize)
    this.text = asciiSlice.call(this.bytes, start, this.stop)
  }
}
