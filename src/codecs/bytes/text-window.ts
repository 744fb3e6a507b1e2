import { isUtf8 } from 'node:buffer'
import { Fault } from '../values/fault.js'

const { latin1Slice, utf8Slice } = Buffer.prototype
/** Bytes that become one text at once, whose parts strings are: a string that is kept keeps that much. */
const windowSize = 1024
/** Bytes up to which a string is looked for there. */
const longestShort = 256

/** Reads the strings of a message: short ones as parts of a text that many share, which costs a fifth of a call into Node for each. */
export abstract class TextWindow {
  /** Some of the bytes as Latin-1. */
  private window = ''
  private windowStart = 0
  private windowEnd = 0

  constructor(
    protected bytes: Uint8Array,
    /** Where the message ends. */
    protected end: number,
  ) {}

  /** The UTF-8 between two places of the message. @throws Fault where it is none */
  protected utf8(start: number, end: number): string {
    const { bytes } = this
    if (end - start <= longestShort && isAscii(bytes, start, end)) {
      if (end > this.windowEnd || start < this.windowStart) this.moveWindow(start)
      return this.window.substring(start - this.windowStart, end - this.windowStart)
    }
    const text = utf8Slice.call(bytes, start, end)
    if (!text.includes('\ufffd') || isUtf8(bytes.subarray(start, end))) return text
    throw new Fault('expected string, got bytes that are no UTF-8')
  }

  private moveWindow(start: number): void {
    this.windowStart = start
    this.windowEnd = Math.min(this.end, start + windowSize)
    this.window = latin1Slice.call(this.bytes, start, this.windowEnd)
  }

  /** The bytes are others from now on. */
  protected forget(): void {
    this.window = ''
    this.windowEnd = 0
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0
  for (let at = start; at < end; at++) bits |= bytes[at] as number
  return bits < 128
}
