import { isUtf8 } from 'node:buffer'
import { Fault } from '../values/fault.js'

const { latin1Slice, utf8Slice } = Buffer.prototype
/** Bytes that become one text at once, whose parts strings are: a string that is kept keeps that much. */
const windowSize = 1024
/** Bytes up to which a string is looked for there. */
const longestShort = 256

/** Whatever is not plainly right. The message is parsed as a whole then, which finds what is wrong, if anything. */
export const inDoubt = new Fault('it is to be parsed as a whole')

const isTrue = Buffer.from('true')
const isFalse = Buffer.from('false')
const isNull = Buffer.from('null')

/**
 * Goes through JSON token by token, passing over the space behind each. Takes nothing that JSON.parse would not, nor in another way; but not
 * all that it would: every method throws a Fault where it is in doubt.
 */
export class JsonTokens {
  protected position = 0
  private readonly end: number
  /** Some of the bytes as Latin-1, which short strings are parts of: that costs a fifth of a call into Node for each. */
  private window = ''
  private windowStart = 0
  private windowEnd = 0

  constructor(protected readonly bytes: Uint8Array) {
    this.end = bytes.length
    this.skipSpace()
  }

  /** Where nothing may be left. */
  finish(): void {
    if (this.position < this.end) throw inDoubt
  }

  /** Passes over an opening bracket. */
  open(bracket: number): void {
    if (this.bytes[this.position] !== bracket) throw inDoubt
    this.pass(1)
  }

  /** Whether there is nothing in the brackets that have just been opened; then the closing one is passed over. */
  closes(bracket: number): boolean {
    if (this.bytes[this.position] !== bracket) return false
    this.pass(1)
    return true
  }

  /** Passes over a comma, or over the closing bracket in its place. */
  more(bracket: number): boolean {
    const byte = this.bytes[this.position]
    if (byte !== 0x2c && byte !== bracket) throw inDoubt
    this.pass(1)
    return byte === 0x2c
  }

  /** Whether exactly these bytes come next; then they are passed over. */
  follows(expected: Uint8Array): boolean {
    const { bytes, position } = this
    const { length } = expected
    if (position + length > this.end) return false
    for (let at = 0; at < length; at++) if (bytes[position + at] !== expected[at]) return false
    this.pass(length)
    return true
  }

  /** A name and its colon. */
  name(): string {
    const name = this.text()
    if (this.bytes[this.position] !== 0x3a) throw inDoubt
    this.pass(1)
    return name
  }

  nil(): boolean {
    return this.bytes[this.position] === 0x6e && this.follows(isNull)
  }

  bool(): boolean {
    if (this.follows(isTrue)) return true
    if (this.follows(isFalse)) return false
    throw inDoubt
  }

  isText(): boolean {
    return this.bytes[this.position] === 0x22
  }

  text(): string {
    const { bytes, end } = this
    const start = this.position + 1
    if (start > end || bytes[start - 1] !== 0x22) throw inDoubt
    let bits = 0
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === 0x22) {
        this.position = at
        this.pass(1)
        return this.part(start, at, bits < 0x80)
      }
      if (byte < 0x20 || byte === 0x5c) break
      bits |= byte
    }
    return this.escapedText()
  }

  protected part(start: number, end: number, isAscii: boolean): string {
    if (!isAscii || end - start > longestShort) return this.utf8(start, end)
    if (end > this.windowEnd) this.moveWindow(start)
    return this.window.substring(start - this.windowStart, end - this.windowStart)
  }

  private utf8(start: number, end: number): string {
    const text = utf8Slice.call(this.bytes, start, end)
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end))) throw inDoubt
    return text
  }

  private moveWindow(start: number): void {
    this.windowStart = start
    this.windowEnd = Math.min(this.end, start + windowSize)
    this.window = latin1Slice.call(this.bytes, start, this.windowEnd)
  }

  private escapedText(): string {
    const start = this.position
    const end = this.endOfText(start)
    const text = parsePart(this.utf8(start, end)) as string
    if (!text.isWellFormed()) throw inDoubt
    this.position = end
    this.pass(0)
    return text
  }

  /** Behind the closing quote of the text that begins there. */
  protected endOfText(start: number): number {
    const { bytes, end } = this
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at]
      if (byte === 0x22) return at + 1
      if (byte === 0x5c) at++
    }
    throw inDoubt
  }

  /** Passes over so many bytes and the space behind them. */
  protected pass(count: number): void {
    this.position += count
    if (this.position < this.end && (this.bytes[this.position] as number) <= 0x20) this.skipSpace()
  }

  private skipSpace(): void {
    const { bytes, end } = this
    let at = this.position
    while (at < end && isSpace(bytes[at] as number)) at++
    this.position = at
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

export function parsePart(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw inDoubt
  }
}
