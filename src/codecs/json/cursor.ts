import { type ParseOptions, parseJson } from '../bytes/json-text.js'
import { inDoubt, JsonTokens, parsePart } from './tokens.js'

/** Levels of lists and objects in one nested value. */
const maxNesting = 100
/** Powers of ten that a double holds exactly. `maxDigits` needs no more. */
const powersOfTen = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)
/** A double holds every integer of this many digits exactly. */
const maxDigits = 15

/** Reads numbers, and values of any kind, from a JSON text. */
export class JsonCursor extends JsonTokens {
  constructor(
    bytes: Uint8Array,
    private readonly options: ParseOptions,
  ) {
    super(bytes)
  }

  /** The nearest double. */
  number(): number {
    const { bytes, position } = this
    const isNegative = bytes[position] === 0x2d
    const first = isNegative ? position + 1 : position
    let at = first
    let value = 0
    let byte = bytes[at] as number
    for (; isDigit(byte); byte = bytes[++at] as number) value = value * 10 + (byte - 0x30)
    let digits = at - first
    if (digits === 0 || (digits > 1 && bytes[first] === 0x30)) throw inDoubt
    if (byte === 0x2e) {
      const point = ++at
      for (byte = bytes[at] as number; isDigit(byte); byte = bytes[++at] as number) value = value * 10 + (byte - 0x30)
      if (at === point) throw inDoubt
      digits += at - point
      // Division of two exact doubles gives the nearest double, as parsing does.
      value /= powersOfTen[at - point] as number
    }
    if (digits > maxDigits || byte === 0x65 || byte === 0x45) return this.longNumber()
    this.position = at
    this.pass(0)
    return isNegative ? -value : value
  }

  /** An integer from 0 with up to nine digits, as most are written; -1, without moving, if anything else comes next. */
  plainInteger(): number {
    const { bytes, position } = this
    let at = position
    let value = 0
    let byte = bytes[at] as number
    for (; isDigit(byte); byte = bytes[++at] as number) value = value * 10 + (byte - 0x30)
    const digits = at - position
    if (digits === 0 || digits > 9 || (digits > 1 && bytes[position] === 0x30)) return -1
    if (byte === 0x2e || byte === 0x65 || byte === 0x45) return -1
    this.position = at
    this.pass(0)
    return value
  }

  /** The nearest double, which is finite. */
  double(): number {
    const value = this.number()
    if (!Number.isFinite(value)) throw inDoubt
    return value
  }

  private longNumber(): number {
    const { bytes, position } = this
    let at = position
    while (isPartOfNumber(bytes[at] as number)) at++
    const value = parsePart(this.part(position, at, true)) as number
    this.position = at
    this.pass(0)
    return value
  }

  /** An integer of up to 15 digits in quotes. Returns undefined, without moving, if another value comes next. */
  quotedInteger(): number | undefined {
    const { bytes, position } = this
    if (bytes[position] !== 0x22) return undefined
    const first = bytes[position + 1] === 0x2d ? position + 2 : position + 1
    let at = first
    let value = 0
    let byte = bytes[at] as number
    for (; isDigit(byte); byte = bytes[++at] as number) value = value * 10 + (byte - 0x30)
    const digits = at - first
    if (byte !== 0x22 || digits === 0 || digits > maxDigits || (digits > 1 && bytes[first] === 0x30)) return undefined
    this.position = at
    this.pass(1)
    return first === position + 1 ? value : -value
  }

  /** The next value, as JSON.parse makes it. */
  value(): unknown {
    switch (this.bytes[this.position]) {
      case 0x22:
        return this.text()
      case 0x5b:
      case 0x7b:
        return this.nested()
      case 0x66:
      case 0x74:
        return this.bool()
      case 0x6e:
        if (this.nil()) return null
        throw inDoubt
      default:
        return this.exactNumber()
    }
  }

  /** Refuses long integers, which may have to be bigints. */
  private exactNumber(): number {
    const value = this.number()
    if (Math.abs(value) >= 10 ** maxDigits) throw inDoubt
    return value
  }

  private nested(): unknown {
    const { bytes, position: start } = this
    let nesting = 0
    let at = start
    do {
      const byte = bytes[at]
      if (byte === undefined) throw inDoubt
      if (byte === 0x22) at = this.endOfText(at) - 1
      else if (byte === 0x5b || byte === 0x7b) nesting++
      else if (byte === 0x5d || byte === 0x7d) nesting--
      at++
      if (nesting > maxNesting) throw inDoubt
    } while (nesting > 0)
    const value = parseJson(bytes.subarray(start, at), this.options)
    this.position = at
    this.pass(0)
    return value
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Digits, `+`, `-`, `.`, `e` and `E`. */
function isPartOfNumber(byte: number): boolean {
  return isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x65 || byte === 0x45
}
