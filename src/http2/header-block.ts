import { ENTRY_OVERHEAD, STATIC_TABLE } from './hpack-static.js'
import { huffmanEncode, huffmanLength } from './huffman.js'

/** Fields that never enter a compression table (RFC 7541, section 7.1.3). */
const SENSITIVE = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])
const NAME = /^(:[a-z]+|[!#$%&'*+\-.^_`|~0-9a-z]+)$/
const BAD_VALUE = /[\0\r\n\u0100-\uffff]|^[ \t]|[ \t]$/

let nameIndexes: Map<string, number> | undefined
let fieldIndexes: Map<string, number> | undefined

/** One field of a prepared block, in the forms an encoder chooses from. */
export interface PreparedField {
  /** Name and value in one key of the encoder's table. */
  readonly key: string
  /** Index of name and value in the static table, 0 for none. */
  readonly index: number
  /** Bytes as RFC 7541, section 4.1, counts them. */
  readonly size: number
  /** Whether it enters an encoder's table: no secret does, and no path with a query, which would fill it with what is sent once. */
  readonly lasts: boolean
  /** The field as a literal that enters no table. */
  readonly literal: Uint8Array
  /** The same with incremental indexing. */
  readonly indexing: Uint8Array
}

/**
 * Header fields that are prepared once, for example per method, and sent many times on any number of connections. Each connection's encoder
 * indexes them at first use. After that a block costs a few bytes.
 */
export class HeaderBlock {
  /** The most bytes that it takes on any connection, table size updates included. */
  readonly maxLength: number
  /** Its bytes in a header list, as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  readonly size: number

  constructor(
    readonly fields: readonly PreparedField[],
    /** The request's :method, '' for none. */
    readonly method: string,
  ) {
    this.size = fields.reduce((sum, field) => sum + field.size, 0)
    this.maxLength = fields.reduce((sum, field) => sum + Math.max(field.literal.length, field.indexing.length), 16)
  }
}

/**
 * @param fields name and value pairs, names in lower case, pseudo-headers first, characters U+0000 to U+00FF
 * @throws TypeError for a name or value that HTTP/2 does not allow
 */
export function prepareHeaders(fields: Iterable<readonly [name: string, value: string]>): HeaderBlock {
  const prepared: PreparedField[] = []
  let method = ''
  for (const [name, value] of fields) {
    checkField(name, value)
    if (name === ':method') method = value
    const nameIndex = staticName(name)
    prepared.push({
      key: `${name}\0${value}`,
      index: staticField(name, value),
      size: name.length + value.length + ENTRY_OVERHEAD,
      lasts: !SENSITIVE.has(name) && !(name === ':path' && value.includes('?')),
      literal: literalBytes(name, value, { bits: 4, first: SENSITIVE.has(name) ? 0x10 : 0x00, nameIndex }),
      indexing: literalBytes(name, value, { bits: 6, first: 0x40, nameIndex }),
    })
  }
  return new HeaderBlock(prepared, method)
}

/** The bytes of a name as every literal begins that enters no table: an index, or 0 and the name itself. */
export function literalName(name: string): Uint8Array {
  if (!NAME.test(name)) throw new TypeError(`HTTP/2 allows no header name ${JSON.stringify(name)}`)
  const first = SENSITIVE.has(name) ? 0x10 : 0x00
  return literalBytes(name, undefined, { bits: 4, first, nameIndex: staticName(name) })
}

export function checkField(name: string, value: string): void {
  if (!NAME.test(name)) throw new TypeError(`HTTP/2 allows no header name ${JSON.stringify(name)}`)
  checkValue(name, value)
}

export function checkValue(name: string, value: string): void {
  if (BAD_VALUE.test(value))
    throw new TypeError(`the value of header ${name} has characters that HTTP/2 does not allow`)
}

/** Writes an HPACK integer with a prefix of `bits` bits, and `first` in the bits above it. @returns the offset after it */
export function writeInteger(target: Uint8Array, at: number, value: number, { bits, first }: Prefix): number {
  const max = (1 << bits) - 1
  if (value < max) {
    target[at++] = first | value
    return at
  }
  target[at++] = first | max
  for (value -= max; value >= 0x80; value >>>= 7) target[at++] = value | 0x80
  target[at++] = value
  return at
}

export interface Prefix {
  readonly bits: number
  readonly first: number
}

function literalBytes(name: string, value: string | undefined, form: Prefix & { nameIndex: number }): Uint8Array {
  const target = new Uint8Array(name.length + (value?.length ?? 0) + 16)
  let at = writeInteger(target, 0, form.nameIndex, form)
  if (form.nameIndex === 0) at = writeText(target, at, name)
  if (value !== undefined) at = writeText(target, at, value)
  return target.slice(0, at)
}

/** A string in the shorter of its two forms. */
function writeText(target: Uint8Array, at: number, text: string): number {
  const coded = huffmanLength(text)
  if (coded < text.length) {
    return huffmanEncode(text, target, writeInteger(target, at, coded, { bits: 7, first: 0x80 }))
  }
  at = writeInteger(target, at, text.length, { bits: 7, first: 0 })
  for (let i = 0; i < text.length; i++) target[at++] = text.charCodeAt(i)
  return at
}

function staticName(name: string): number {
  nameIndexes ??= indexStatics(STATIC_TABLE.map((text, i) => (i % 2 === 0 ? text : '')))
  return nameIndexes.get(name) ?? 0
}

function staticField(name: string, value: string): number {
  fieldIndexes ??= indexStatics(STATIC_TABLE.map((text, i) => (i % 2 === 0 ? `${text}\0${STATIC_TABLE[i + 1]}` : '')))
  return value === '' ? 0 : (fieldIndexes.get(`${name}\0${value}`) ?? 0)
}

/** The first index of each key; keys are at the even places. */
function indexStatics(keys: readonly string[]): Map<string, number> {
  const indexes = new Map<string, number>()
  for (let i = 0; i < keys.length; i += 2) {
    const key = keys[i] as string
    if (!indexes.has(key)) indexes.set(key, i / 2 + 1)
  }
  return indexes
}
