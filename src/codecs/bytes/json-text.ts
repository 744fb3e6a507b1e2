import { Fault } from '../values/fault.js'
import { tooManyValues } from '../values/value-count.js'
import { decodeUtf8 } from './utf8.js'

/** Characters. In a shorter text even the deepest nesting costs JSON.parse little. */
const longText = 64 * 1024
const maxNesting = 1000

export interface ParseOptions {
  /** Whether integers beyond 2^53 of up to 20 digits become bigints, however they are written: `1e18`, `9007199254740993.0`. */
  readonly exactIntegers: boolean
  /** `limits.values` */
  readonly values: number
  /** Whether every field is an object, as in Thrift's JSON. Then only elements of arrays count. */
  readonly wrapsFields?: boolean
}

/**
 * @throws Fault `malformed_json` for bytes that are not UTF-8 or not JSON; `too_many_values` for more objects and arrays than
 * `limits.values` allows
 */
export function parseJson(bytes: Uint8Array, options: ParseOptions): unknown {
  return parseJsonText(decodeUtf8(bytes, 'malformed_json'), options)
}

const plain: ParseOptions = { exactIntegers: false, values: Number.POSITIVE_INFINITY }

/** Parses any JSON that a peer sends, within a message or around it. @throws Fault as `parseJson` */
export function parseJsonText(text: string, options = plain): unknown {
  if (text.length > longText) checkNesting(text, options)
  try {
    return options.exactIntegers && longInteger.test(text) ? parseExactly(text) : JSON.parse(text)
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1]
    throw new Fault(`this is no JSON${position === undefined ? '' : ` (at position ${position})`}`, 'malformed_json')
  }
}

/**
 * JSON.parse accepts any nesting, at about 0.3 us a level, and makes an object of every two bytes `{}`. The lists of a message do not count
 * themselves, so there may be twice as many objects and arrays as values.
 */
function checkNesting(text: string, { values, wrapsFields = false }: ParseOptions): void {
  let nesting = 0
  let opened = 0
  /** The last character outside strings, without spaces. A comma before a bracket is in an array: in an object a key follows it. */
  let before = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x22) at = endOfString(text, at)
    else if (char === 0x5b || char === 0x7b) {
      if (++nesting > maxNesting) throw new Fault(`nested deeper than ${maxNesting} levels`)
      const counts = !wrapsFields || before === 0x2c || before === 0x5b
      if (counts && ++opened > 2 * values) throw tooManyValues(values)
    } else if (char === 0x5d || char === 0x7d) nesting--
    if (char > 0x20) before = char
  }
}

/** @returns the index of the closing quote, or the length if there is none */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at)
    if (at === -1) return text.length
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return at
  }
}

/** It may also match in a string; then `parseExactly` changes nothing. */
const longInteger = /[\s:[,]-?(?:\d{16}|\d+(?:\.\d+)?[eE])/

/**
 * JSON.parse, with bigints for integers that a double may not hold exactly. They are parsed as strings that begin with a mark for this
 * call, which a sender cannot know.
 */
function parseExactly(text: string): unknown {
  const mark = `${Math.random()}:`
  let marked = ''
  let copied = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x22) at = endOfString(text, at)
    else if (char === 0x2d || isDigit(char)) {
      const start = at
      while (isPartOfNumber(text.charCodeAt(at + 1))) at++
      const number = text.slice(start, at + 1)
      if (number.length < 16 && !/[eE]/.test(number)) continue
      const integer = integerOf(number)
      if (integer === undefined || Number.isSafeInteger(Number(integer))) continue
      marked += `${text.slice(copied, start)}"${mark}${integer}"`
      copied = at + 1
    }
  }
  if (copied === 0) return JSON.parse(text)
  return JSON.parse(marked + text.slice(copied), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  )
}

const decimal = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/
/** Characters, and digits of an integer: those of 2^64. */
const [longestDecimal, mostDigits] = [400, 20]

/** The integer that a JSON number is: 1000n of `1.0e3`. Undefined for any other text, and for more than 20 digits. */
export function integerOf(text: string): bigint | undefined {
  const match = text.length > longestDecimal ? null : decimal.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = whole + fraction
  const end = whole.length + Number(exponent)
  if (/[1-9]/.test(digits.slice(Math.max(0, end)))) return undefined
  const integer = digits.slice(0, Math.max(0, end)).replace(/^0+/, '')
  if (integer === '') return 0n
  const zeros = Math.max(0, end - digits.length)
  return integer.length + zeros > mostDigits ? undefined : BigInt(sign + integer + '0'.repeat(zeros))
}

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39
}

/** Digits, `+`, `-`, `.`, `e` and `E`. */
function isPartOfNumber(char: number): boolean {
  return isDigit(char) || char === 0x2b || char === 0x2d || char === 0x2e || char === 0x65 || char === 0x45
}
