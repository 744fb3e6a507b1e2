import type { MessageSchema } from '../../schema/message.js'
import type { ByteWriter } from '../bytes/byte-writer.js'
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
 * Writes Thrift values in one of its formats. For a struct call `beginStruct`, then `field` and write its value for each field, then
 * `endStruct`. The caller checks the values.
 */
export interface ThriftWriter extends ByteWriter {
  /** @param name as `ThriftFormat.prepareName` made it */
  beginMessage(kind: number, name: Uint8Array, sequence: number): void
  endMessage(): void
  /** @returns the argument of `endStruct` */
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
  /** Writes the lowest 64 bits. */
  i64(value: bigint): void
  /** An i64. @param value a safe integer */
  long(value: number): void
  double(value: number): void
  /** @throws Fault for a lone surrogate */
  string(value: string): void
  binary(value: Uint8Array): void
  /** @param value sixteen bytes in hexadecimal, hyphens left out */
  uuid(value: string): void
}

/** Reads Thrift values in one of its formats. Every method throws a Fault if the bytes end too soon or are malformed. */
export interface ThriftReader {
  readonly values: ValueCount
  /** Where the next value begins: in bytes, or in characters of a text format. */
  readonly position: number
  /** The last message's kind, name and sequence id; the last field's id; the types of the last list or map. */
  kind: number
  name: string
  sequence: number
  fieldId: number
  keyType: number
  elementType: number
  beginMessage(): void
  endMessage(): void
  beginStruct(): number
  /** The type of the next field; `Wire.stop` after the last. */
  field(): number
  endStruct(begun: number): void
  /** @returns the number of elements; never more than the bytes left could hold */
  beginList(type: WireType): number
  endList(): void
  beginMap(): number
  endMap(): void
  bool(): boolean
  i8(): number
  i16(): number
  i32(): number
  i64(): bigint
  /** An i64 as a number, rounded if it is not a safe integer. */
  long(): number
  double(): number
  string(): string
  /** A copy. */
  binary(): Uint8Array
  /** Lower case, with hyphens. */
  uuid(): string
  /** Steps over a value of any type. @param depth of structs and containers within it, at most */
  skip(type: number, depth: number): void
  /** @throws Fault if bytes are left */
  finish(): void
  /** Call it after `finish` to read other bytes. Optional: without it, each message gets a new reader. */
  restart?(bytes: Uint8Array): void
}

/** One of Thrift's formats. The compiled schema is the same for all of them. */
export interface ThriftFormat {
  readonly name: string
  /** A new writer; end with `finish` or `abandon`. @param headroom bytes to leave free at the start; default 0 */
  writer(headroom?: number): ThriftWriter
  /** @param values `limits.values`, for a format that parses the whole message first */
  reader(bytes: Uint8Array, start: number, end: number, values: number): ThriftReader
  /** A reader for the header of an incomplete message. @throws Fault if the header is incomplete too */
  headReader(bytes: Uint8Array): ThriftReader
  /** The bytes of a method's name in a message. */
  prepareName(name: string): Uint8Array
  /** Throws an RpcError `failed_precondition` for a message that this format cannot carry, though others can. */
  readonly check?: (schema: MessageSchema) => void
}

/** A codec whose format the Thrift protocol can use for whole messages. */
export interface ThriftCodec extends Codec {
  readonly thrift: ThriftFormat
}

export function isThriftCodec(codec: Codec): codec is ThriftCodec {
  return 'thrift' in codec
}

/** Writes and reads the values of one type. Both throw Faults. `depth` counts the messages around the value. */
export interface ThriftType {
  readonly wire: WireType
  /**
   * Whether a value is exactly what the reader returns for `wire`, or a struct or a list. Structs and lists read such values in their own loops: through
   * `read`, each value would cost calls that V8 cannot inline, since every type has another one. Default false.
   */
  readonly isPlain?: boolean
  write(writer: ThriftWriter, value: unknown, depth: number): void
  /** @returns undefined for a value that counts as absent: a number that a closed enum does not have */
  read(reader: ThriftReader, depth: number): unknown
}

const names: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Wire).map(([name, number]) => [number, name]),
)

/** The name of a type, for a Fault. */
export function wireName(type: number): string {
  return names[type] ?? `type ${type}, which does not exist`
}

export function wrongType(expected: number, got: number): Fault {
  return new Fault(`expected ${wireName(expected)}, got ${wireName(got)}`)
}
