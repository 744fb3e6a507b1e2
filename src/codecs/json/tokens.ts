import { TextWindow } from '../bytes/text-window.js'
import { Fault } from '../values/fault.js'

/** Thrown for anything unusual. The whole message is then parsed, which finds the error if there is one. */
export const inDoubt = new Fault('parse the whole message')

const isTrue = Buffer.from('true')
const isFalse = Buffer.from('false')
const isNull = Buffer.from('null')

/**
 * Reads JSON token by token, and the space after each. Accepts only what JSON.parse accepts, with the same result, but not all of it: every
 * method throws a Fault if it is in doubt.
 */
export class JsonTokens {
  protected position = 0
  private readonly end: number
  private readonly window: TextWindow

  constructor(protected readonly bytes: Uint8Array) {
    this.end = bytes.length
    this.window = new TextWindow(bytes, bytes.length)
    this.skipSpace()
  }

  /** @throws Fault if anything is left */
  finish(): void {
    if (this.position < this.end) throw inDoubt
  }

  /** Steps over an opening bracket. */
  open(bracket: number): void {
    if (this.bytes[this.position] !== bracket) throw inDoubt
    this.pass(1)
  }

  /** Steps over the closing bracket if it comes next. @returns whether it did: the brackets just opened are empty */
  closes(bracket: number): boolean {
    if (this.bytes[this.position] !== bracket) return false
    this.pass(1)
    return true
  }

  /** Steps over a comma or the closing bracket. @returns whether it was a comma */
  more(bracket: number): boolean {
    const byte = this.bytes[this.position]
    if (byte !== 0x2c && byte !== bracket) throw inDoubt
    this.pass(1)
    return byte === 0x2c
  }

  /** The commas up to the next closing bracket of a list, which follow the elements of a list of numbers. */
  countCommas(): number {
    const { bytes, end } = this
    let count = 0
    for (let at = this.position; at < end && bytes[at] !== 0x5d; at++) if (bytes[at] === 0x2c) count++
    return count
  }

  /** Steps over these bytes if they come next. @returns whether they did */
  follows(expected: Uint8Array): boolean {
    const { bytes, position } = this
    const { length } = expected
    if (position + length > this.end) return false
    for (let at = 0; at < length; at++) if (bytes[position + at] !== expected[at]) return false
    this.pass(length)
    return true
  }

  /** Reads a name and its colon. */
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
    return isAscii ? this.window.ascii(start, end) : this.window.utf8(start, end)
  }

  private escapedText(): string {
    const start = this.position
    const end = this.endOfText(start)
    const text = parsePart(this.window.utf8(start, end)) as string
    if (!text.isWellFormed()) throw inDoubt
    this.position = end
    this.pass(0)
    return text
  }

  /** The position after the closing quote of the text that begins at `start`. */
  protected endOfText(start: number): number {
    const { bytes, end } = this
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at]
      if (byte === 0x22) return at + 1
      if (byte === 0x5c) at++
    }
    throw inDoubt
  }

  /** Steps over `count` bytes and the space after them. */
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
