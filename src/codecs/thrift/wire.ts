import type { SlabWriter } from '../bytes/byte-writer.js'
import type { Codec } from '../codec.js'
import { Fault } from '../values/fault.js'
import type { ValueCount } from '../values/value-count.js'

/** Thrift's types, by the numbers of its binary protocol. Source: Apache Thrift, "thrift-binary-protocol.md". */
export const Wire = {
  stop: 0,
  bool: 2,
  i8: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  /** Text and bytes. */
  binary: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
  /** Thrift 0.19 and later. */
  uuid: 16,
} as const

export type WireType = (typeof Wire)[keyof typeof Wire]

/** What a message is. */
export const Kind = { call: 1, reply: 2, exception: 3, oneway: 4 } as const

/**
 * Writes Thrift values in one of its formats. Of a struct: `beginStruct`, then `field` and its value for each, then `endStruct`. Nothing
 * is checked here but that a value can be written at all.
 */
export interface ThriftWriter extends SlabWriter {
  /** @param name as `ThriftFormat.prepareName` made it */
  beginMessage(kind: number, name: Uint8Array, sequence: number): void
  endMessage(): void
  /** @returns what `endStruct` wants */
  beginStruct(): number
  field(type: WireType, id: number): void
  endStruct(begun: number): void
  beginList(type: WireType, element: WireType, size: number): void
  endList(): void
  beginMap(key: WireType, value: WireType, size: number): void
  endMap(): void
  bool(value: boolean): void
  i8(value: number): void
  i16(value: number): void
  i32(value: number): void
  /** Its lowest 64 bits. */
  i64(value: bigint): void
  /** An i64. @param value a safe integer */
  long(value: number): void
  double(value: number): void
  /** A lone surrogate becomes U+FFFD, as in every text that Node encodes. */
  string(value: string): void
  binary(value: Uint8Array): void
  /** @param value sixteen bytes in hexadecimal, hyphens left out */
  uuid(value: string): void
}

/** Reads Thrift values in one of its formats. Every method throws a Fault where the bytes end too soon or are not of the form. */
export interface ThriftReader {
  readonly values: ValueCount
  /** What was read last: of a message its kind, name and sequence id, of a field its number, of a list or map its types. */
  kind: number
  name: string
  sequence: number
  fieldId: number
  keyType: number
  elementType: number
  beginMessage(): void
  endMessage(): void
  beginStruct(): number
  /** The type of the next field; `Wire.stop` behind the last. */
  field(): number
  endStruct(begun: number): void
  /** @returns how many follow; never more than the bytes that are left could hold */
  beginList(type: WireType): number
  endList(): void
  beginMap(): number
  endMap(): void
  bool(): boolean
  i8(): number
  i16(): number
  i32(): number
  i64(): bigint
  /** An i64 as a number, rounded where it is no safe integer. */
  long(): number
  double(): number
  string(): string
  /** A copy. */
  binary(): Uint8Array
  /** Lower case, with hyphens. */
  uuid(): string
  /** Passes over a value, of whatever type. @param depth structs and containers that it may be nested in yet */
  skip(type: number, depth: number): void
  /** @throws Fault where bytes are left */
  finish(): void
  /** After `finish`: reads other bytes, from their start. A reader without it is made anew. */
  restart?(bytes: Uint8Array): void
}

/** How structs become bytes. What is compiled from a schema is the same for all formats. */
export interface ThriftFormat {
  readonly name: string
  /** An empty writer; to be given back by `finish` or `abandon`. */
  writer(): ThriftWriter
  /** @param values `limits.values`: for formats that parse a whole message before its values are read one by one */
  reader(bytes: Uint8Array, start: number, end: number, values: number): ThriftReader
  /** Of a message that is there only in part: its header can be read, and nothing else. @throws Fault where that is cut off too */
  headReader(bytes: Uint8Array): ThriftReader
  /** A method's name as it stands in a message. */
  prepareName(name: string): Uint8Array
}

/** A codec that Thrift's protocols can carry whole messages in. */
export interface ThriftCodec extends Codec {
  readonly thrift: ThriftFormat
}

export function isThriftCodec(codec: Codec): codec is ThriftCodec {
  return 'thrift' in codec
}

/** How values of one type stand on the wire. Both directions throw Faults; `depth` counts the messages above. */
export interface ThriftType {
  readonly wire: WireType
  write(writer: ThriftWriter, value: unknown, depth: number): void
  read(reader: ThriftReader, depth: number): unknown
}

const names: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Wire).map(([name, number]) => [number, name]),
)

/** A type as an error names it. */
export function wireName(type: number): string {
  return names[type] ?? `type ${type}, which does not exist`
}

export function wrongType(expected: number, got: number): Fault {
  return new Fault(`expected ${wireName(expected)}, got ${wireName(got)}`)
}
