import { bytesOfBase64, toBase64 } from '../../codecs/values/base64.js'
import { Fault } from '../../codecs/values/fault.js'
import type { EnumType, ScalarName, WellKnownName } from '../../schema/type.js'
import type { ProtoReader } from './reader.js'
import type { ProtoWriter } from './writer.js'

/** Wire types: varint, eight bytes, bytes after their length, four bytes. */
export type Wire = 0 | 1 | 2 | 5

/** Turns the JSON of a value into protobuf, and back, without tag and length. `depth` counts the messages around a value. */
export interface WireForm {
  readonly wire: Wire
  /** A message: of several in one field, the bytes are read as one. Default: the last replaces the others. */
  readonly merges?: true
  /** @param json of a map's key, its text */
  write(writer: ProtoWriter, json: unknown): void
  /** @param reader ends with the value, if the wire type is 2 */
  read(reader: ProtoReader, depth: number): unknown
}

/** A scalar that is not a message. */
export type SimpleScalar = Exclude<ScalarName, 'timestamp' | 'duration' | WellKnownName>

export function scalarForm(name: SimpleScalar): WireForm {
  if (name === 'string' || name === 'uuid') return text
  if (name === 'bytes') return blob
  if (name === 'bool') return bool
  const fixed = fixedForms[name]
  return fixed ?? varintForm(name)
}

/** JSON has integers of 64 bits as text. */
function varintForm(name: SimpleScalar): WireForm {
  const narrowed = name.startsWith('u') ? BigInt.asUintN : BigInt.asIntN
  const [isZigzag, isLong] = [name.startsWith('s'), name.endsWith('64')]
  return {
    wire: 0,
    write(writer, json) {
      const value = BigInt(json as string | number)
      writer.varint(isZigzag ? (value << 1n) ^ (value >> 63n) : value)
    },
    read(reader) {
      const bits = reader.varint()
      const value = narrowed(isLong ? 64 : 32, isZigzag ? (bits >> 1n) ^ -(bits & 1n) : bits)
      return isLong ? String(value) : Number(value)
    },
  }
}

function fixedForm<T>(
  wire: 1 | 5,
  of: (json: string) => T,
  form: { set: Set<T>; get: (from: DataView) => unknown },
): WireForm {
  const size = wire === 1 ? 8 : 4
  return {
    wire,
    write: (writer, json) => form.set(writer.room(size), of(json as string)),
    read: reader => form.get(reader.fixed(size)),
  }
}

type Set<T> = (to: DataView, value: T) => void

const fixedForms: Readonly<Partial<Record<ScalarName, WireForm>>> = {
  double: /* @__PURE__ */ fixedForm(1, Number, {
    set: (to, it) => to.setFloat64(0, it, true),
    get: from => from.getFloat64(0, true),
  }),
  float: /* @__PURE__ */ fixedForm(5, Number, {
    set: (to, it) => to.setFloat32(0, it, true),
    get: from => from.getFloat32(0, true),
  }),
  fixed32: /* @__PURE__ */ fixedForm(5, Number, {
    set: (to, it) => to.setUint32(0, it, true),
    get: from => from.getUint32(0, true),
  }),
  sfixed32: /* @__PURE__ */ fixedForm(5, Number, {
    set: (to, it) => to.setInt32(0, it, true),
    get: from => from.getInt32(0, true),
  }),
  fixed64: /* @__PURE__ */ fixedForm(1, BigInt, {
    set: (to, it) => to.setBigUint64(0, it, true),
    get: from => String(from.getBigUint64(0, true)),
  }),
  sfixed64: /* @__PURE__ */ fixedForm(1, BigInt, {
    set: (to, it) => to.setBigInt64(0, it, true),
    get: from => String(from.getBigInt64(0, true)),
  }),
}

const bool: WireForm = {
  wire: 0,
  write: (writer, json) => writer.varint(json === true || json === 'true' ? 1n : 0n),
  read: reader => reader.varint() !== 0n,
}

export const text: WireForm = {
  wire: 2,
  write: (writer, json) => writer.raw(new TextEncoder().encode(json as string)),
  read(reader) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(reader.rest())
    } catch {
      throw new Fault('expected string, got bytes that are not UTF-8')
    }
  },
}

const blob: WireForm = {
  wire: 2,
  write: (writer, json) => writer.raw(bytesOfBase64(json as string)),
  read: reader => toBase64(reader.rest()),
}

/** JSON has the name, and of an unknown member the number. */
export function enumForm({ byName }: EnumType): WireForm {
  return {
    wire: 0,
    write: (writer, json) => writer.varint(BigInt(byName.get(json as string)?.number ?? (json as number))),
    read: reader => Number(BigInt.asIntN(32, reader.varint())),
  }
}
