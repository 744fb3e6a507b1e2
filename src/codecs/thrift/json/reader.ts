import { type ParseOptions, parseJsonText } from '../../bytes/json-text.js'
import { decodeUtf8 } from '../../bytes/utf8.js'
import { Fault, halfPair, mismatch } from '../../values/fault.js'
import { ValueCount } from '../../values/value-count.js'
import { type ThriftReader, Wire, wireName } from '../wire.js'
import { repaired } from './repair.js'
import { typeNames } from './writer.js'

/** Values that are read in order. */
interface Scope {
  readonly values: readonly unknown[]
  at: number
}

const integerForm = /^-?\d{1,20}$/
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const base64Form = /^[A-Za-z0-9+/]*={0,2}$/

/** Doubles that are no JSON numbers, as the specification and as Python's library name them in a map's keys. */
const namedDoubles: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
])

/** Version, name, kind and sequence id. */
const header = /^\s*\[\s*1\s*,\s*"(?:[^"\\]|\\.)*"\s*,\s*\d+\s*,\s*-?\d+(?=[\s,\]])/

/** Completes the JSON text after the header of an incomplete message. @returns undefined if the header is incomplete too */
export function headReader(bytes: Uint8Array): JsonReader | undefined {
  const [head] = header.exec(Buffer.prototype.latin1Slice.call(bytes, 0, bytes.length)) ?? []
  if (head === undefined) return undefined
  const whole = Buffer.from(`${head},{}]`, 'latin1')
  return new JsonReader(whole, 0, whole.length, Number.POSITIVE_INFINITY)
}

/** Reads Thrift's JSON protocol. */
export class JsonReader implements ThriftReader {
  readonly values = new ValueCount()
  kind = 0
  name = ''
  sequence = 0
  /** The text is parsed at once, so it is at the start or, behind a struct, at the end. */
  position: number
  fieldId = 0
  keyType = 0
  elementType = 0
  private scopes: Scope[] | undefined
  /** Why only the header can be read. */
  private fault: unknown

  constructor(
    private readonly bytes: Uint8Array,
    private readonly start: number,
    private readonly end: number,
    private readonly limit: number,
  ) {
    this.position = start
  }

  /** Parses the bytes when the first value is read. */
  private get open(): Scope[] {
    this.scopes ??= [{ values: [this.parse()], at: 0 }]
    return this.scopes
  }

  private parse(): unknown {
    const options: ParseOptions = { exactIntegers: true, values: this.limit, wrapsFields: true }
    const text = decodeUtf8(this.bytes.subarray(this.start, this.end), 'malformed_json')
    try {
      return parseJsonText(text, options)
    } catch (error) {
      if (error instanceof Fault && error.reason === 'malformed_json') return parseJsonText(repaired(text), options)
      throw error
    }
  }

  private next(): unknown {
    if (this.fault !== undefined) throw this.fault
    const scope = this.open.at(-1)
    if (scope === undefined || scope.at >= scope.values.length) throw new Fault('it ends too soon')
    return scope.values[scope.at++]
  }

  private enter(values: readonly unknown[], at: number): void {
    this.open.push({ values, at })
  }

  private leave(): void {
    const scope = this.open.pop()
    if (scope !== undefined && scope.at < scope.values.length) throw new Fault('it has more values than it says')
  }

  private array(least: number): readonly unknown[] {
    const value = this.next()
    if (!Array.isArray(value) || value.length < least) throw mismatch('array', value)
    return value
  }

  private object(value = this.next()): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch('object', value)
    return value as Readonly<Record<string, unknown>>
  }

  /** If the values are malformed but the header is not, the first value throws: the reply then has the sequence id. */
  beginMessage(): void {
    try {
      this.readHeader()
    } catch (error) {
      const head = headReader(this.bytes.subarray(this.start, this.end))
      if (head === undefined) throw error
      head.readHeader()
      this.name = head.name
      this.kind = head.kind
      this.sequence = head.sequence
      this.fault = error
    }
  }

  private readHeader(): void {
    const message = this.array(5)
    if (message[0] !== 1) throw new Fault('a message of another version than 1')
    this.enter(message, 1)
    this.name = this.string()
    this.kind = this.i32()
    this.sequence = this.i32()
  }

  endMessage(): void {
    this.leave()
  }

  beginStruct(): number {
    this.enter(Object.entries(this.object()).flat(), 0)
    return 0
  }

  field(): number {
    const scope = this.open.at(-1) as Scope
    if (scope.at >= scope.values.length) return Wire.stop
    this.fieldId = this.i16()
    const entries = Object.entries(this.object(scope.values[scope.at]))
    const [entry] = entries
    if (entry === undefined || entries.length > 1)
      throw new Fault('a field without one type')
      // The value takes the place of the object that it stands in.
    ;(scope.values as unknown[])[scope.at] = entry[1]
    return typeOf(entry[0])
  }

  endStruct(): void {
    this.position = this.end
    this.leave()
  }

  beginList(): number {
    const list = this.array(2)
    this.elementType = typeOf(list[0])
    this.enter(list, 1)
    return this.count(list.length - 2)
  }

  endList(): void {
    this.leave()
  }

  beginMap(): number {
    const map = this.array(4)
    this.keyType = typeOf(map[0])
    this.elementType = typeOf(map[1])
    const entries = Object.entries(this.object(map[3]))
    this.enter(map.slice(2, 3), 0)
    const size = this.count(entries.length)
    this.leave()
    this.enter(entries.flat(), 0)
    return size
  }

  endMap(): void {
    this.leave()
  }

  private count(there: number): number {
    const size = this.i32()
    if (size !== there) throw new Fault(`a size of ${size}, but ${there} follow`)
    return size
  }

  bool(): boolean {
    const value = this.integer('bool')
    if (value === 0n || value === 1n) return value === 1n
    throw new Fault('expected bool, got another number than 0 and 1')
  }

  i8(): number {
    return this.small('i8', 8)
  }

  i16(): number {
    return this.small('i16', 16)
  }

  i32(): number {
    return this.small('i32', 32)
  }

  private small(type: string, bits: number): number {
    const value = this.integer(type)
    if (BigInt.asIntN(bits, value) === value) return Number(value)
    throw new Fault(`expected ${type}, got a number out of its range`)
  }

  i64(): bigint {
    const value = this.integer('i64')
    if (BigInt.asIntN(64, value) === value) return value
    throw new Fault('expected i64, got a number out of its range')
  }

  long(): number {
    return Number(this.i64())
  }

  /** A number is text if it is the name of an object's member. */
  private integer(type: string): bigint {
    const value = this.next()
    if (typeof value === 'bigint') return value
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (typeof value === 'string' && integerForm.test(value)) return BigInt(value)
    throw mismatch(type, value)
  }

  double(): number {
    const value = this.next()
    if (typeof value === 'number') return value
    if (typeof value === 'bigint') return Number(value)
    if (typeof value === 'string') {
      const number = namedDoubles.get(value) ?? Number(value || Number.NaN)
      if (!Number.isNaN(number) || namedDoubles.has(value)) return number
    }
    throw mismatch('double', value)
  }

  string(): string {
    const value = this.next()
    if (typeof value !== 'string') throw mismatch('string', value)
    if (!value.isWellFormed()) throw halfPair()
    return value
  }

  binary(): Uint8Array {
    const value = this.next()
    if (typeof value === 'string' && base64Form.test(value)) return new Uint8Array(Buffer.from(value, 'base64'))
    throw mismatch('binary (base64)', value)
  }

  uuid(): string {
    const value = this.next()
    if (typeof value === 'string' && uuidForm.test(value)) return value.toLowerCase()
    throw mismatch('uuid', value)
  }

  skip(type: number): void {
    if (!Object.values(typeNames).includes(type as never)) throw new Fault(`a value of ${wireName(type)}`)
    this.next()
  }

  finish(): void {
    if (this.open.length > 1) throw new Fault('values are left behind its end')
  }
}

function typeOf(name: unknown): number {
  if (typeof name === 'string' && Object.hasOwn(typeNames, name)) return typeNames[name] as number
  throw new Fault('a type that does not exist')
}
