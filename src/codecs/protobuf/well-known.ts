import { isObject, mismatch } from '../values/fault.js'
import { checkKey, checkNesting, pathsOf } from '../values/well-known.js'
import { wrongWireType } from './fields.js'
import type { Reader } from './reader.js'
import { Inline, type ProtoType } from './scalars.js'
import type { Writer } from './writer.js'

// Source of the numbers: google/protobuf/struct.proto, field_mask.proto and wrappers.proto.

/** A message around a scalar: `google.protobuf.StringValue`. */
export function wrapperOf(type: ProtoType): ProtoType {
  const tag = 8 | type.wire
  return {
    wire: 2,
    inline: Inline.none,
    merges: true,
    write(writer, value, depth) {
      const start = writer.open()
      writer.varint(tag)
      type.write(writer, value, depth)
      writer.close(start)
    },
    read(reader, depth, previous) {
      let value = previous ?? type.zero(reader)
      readFields(reader, depth, found => {
        if (found !== tag) return false
        value = type.read(reader, depth)
        return true
      })
      return value
    },
    zero: reader => type.zero(reader),
  }
}

/** google.protobuf.NullValue, an enum of one member. Another number is null as well. */
export const protoNull: ProtoType = {
  wire: 0,
  inline: Inline.none,
  merges: false,
  write(writer, value) {
    if (value !== null) throw mismatch('nullValue (null)', value)
    writer.varint(0)
  },
  read(reader) {
    reader.int32()
    return null
  },
  zero: () => null,
}

/** google.protobuf.FieldMask. */
export const protoFieldMask: ProtoType = {
  wire: 2,
  inline: Inline.none,
  merges: true,
  write(writer, value) {
    const start = writer.open()
    for (const path of pathsOf(value)) {
      writer.varint(0x0a)
      writer.string(path)
    }
    writer.close(start)
  },
  read(reader, depth, previous) {
    const paths = (previous as string[] | undefined) ?? []
    readFields(reader, depth, tag => {
      if (tag !== 0x0a) return false
      paths.push(reader.string())
      return true
    })
    return paths
  },
  zero: () => [],
}

/**
 * Reads the fields of a message to its end. Fields that `read` does not know are skipped.
 * @param read returns whether it has read the value after the tag
 */
function readFields(reader: Reader, depth: number, read: (tag: number) => boolean): void {
  const outer = reader.enter()
  while (reader.position < reader.end) {
    const tag = reader.tag()
    if (read(tag)) continue
    if (tag >>> 3 === 1) throw wrongWireType(tag)
    reader.skip(tag, depth)
  }
  reader.end = outer
}

const nullTag = 0x08
const numberTag = 0x11
const textTag = 0x1a
const boolTag = 0x20
const structTag = 0x2a
const listTag = 0x32
/** The fields of a Struct, the values of a ListValue, the key of an entry. */
const firstTag = 0x0a
const entryValueTag = 0x12

type JsonMap = Record<string, unknown>

/** google.protobuf.Struct, Value and ListValue: JSON. */
export class ProtoJson {
  /** @param limit `limits.values` */
  constructor(private readonly limit: number) {}

  readonly struct: ProtoType = {
    ...message,
    write: (writer, value) => this.writeStruct(writer, value, 0),
    read: (reader, depth, previous) => this.readStruct(reader, { depth, nesting: 0 }, previous),
    zero: () => ({}),
  }
  readonly listValue: ProtoType = {
    ...message,
    write: (writer, value) => this.writeList(writer, value, 0),
    read: (reader, depth, previous) => this.readList(reader, { depth, nesting: 0 }, previous),
    zero: () => [],
  }
  readonly value: ProtoType = {
    ...message,
    write: (writer, value) => this.writeValue(writer, value, 0),
    read: (reader, depth, previous) => this.readValue(reader, { depth, nesting: 0 }, previous),
    zero: () => null,
  }

  private writeStruct(writer: Writer, value: unknown, nesting: number): void {
    if (!isPlainObject(value)) throw mismatch('struct (an object)', value)
    checkNesting(nesting)
    const start = writer.open()
    for (const key of Object.keys(value)) {
      checkKey(key)
      writer.varint(firstTag)
      const entry = writer.open()
      writer.varint(firstTag)
      writer.string(key)
      writer.varint(entryValueTag)
      this.writeValue(writer, value[key], nesting + 1)
      writer.close(entry)
    }
    writer.close(start)
  }

  private writeList(writer: Writer, value: unknown, nesting: number): void {
    if (!Array.isArray(value)) throw mismatch('listValue (an Array)', value)
    checkNesting(nesting)
    const start = writer.open()
    for (const element of value) {
      writer.varint(firstTag)
      this.writeValue(writer, element, nesting + 1)
    }
    writer.close(start)
  }

  private writeValue(writer: Writer, value: unknown, nesting: number): void {
    const start = writer.open()
    if (value === null) {
      writer.varint(nullTag)
      writer.varint(0)
    } else if (typeof value === 'number') {
      writer.varint(numberTag)
      writer.double(value)
    } else if (typeof value === 'string') {
      writer.varint(textTag)
      writer.string(value)
    } else if (typeof value === 'boolean') {
      writer.varint(boolTag)
      writer.varint(value ? 1 : 0)
    } else if (Array.isArray(value)) {
      writer.varint(listTag)
      this.writeList(writer, value, nesting)
    } else if (isPlainObject(value)) {
      writer.varint(structTag)
      this.writeStruct(writer, value, nesting)
    } else throw mismatch('value (of JSON)', value)
    writer.close(start)
  }

  private readStruct(reader: Reader, place: Place, previous: unknown): JsonMap {
    checkNesting(place.nesting)
    reader.values.take(1, this.limit)
    const struct: JsonMap = isObject(previous) ? previous : {}
    readFields(reader, place.depth, tag => {
      if (tag !== firstTag) return false
      this.readEntry(reader, place, struct)
      return true
    })
    return struct
  }

  private readEntry(reader: Reader, place: Place, struct: JsonMap): void {
    reader.values.take(1, this.limit)
    let key = ''
    let value: unknown = null
    readFields(reader, place.depth, tag => {
      if (tag === firstTag) key = reader.string()
      else if (tag === entryValueTag)
        value = this.readValue(reader, { depth: place.depth, nesting: place.nesting + 1 }, undefined)
      else return false
      return true
    })
    checkKey(key)
    struct[key] = value
  }

  private readList(reader: Reader, place: Place, previous: unknown): unknown[] {
    checkNesting(place.nesting)
    reader.values.take(1, this.limit)
    const list: unknown[] = Array.isArray(previous) ? previous : []
    readFields(reader, place.depth, tag => {
      if (tag !== firstTag) return false
      reader.values.take(1, this.limit)
      list.push(this.readValue(reader, { depth: place.depth, nesting: place.nesting + 1 }, undefined))
      return true
    })
    return list
  }

  /** The last kind that arrives wins. A Value without a kind, which protobuf calls an error, is null. */
  private readValue(reader: Reader, place: Place, previous: unknown): unknown {
    let value = previous ?? null
    readFields(reader, place.depth, tag => {
      if (tag === nullTag) {
        reader.int32()
        value = null
      } else if (tag === numberTag) value = reader.double()
      else if (tag === textTag) value = reader.string()
      else if (tag === boolTag) value = reader.bool()
      else if (tag === structTag) value = this.readStruct(reader, place, value)
      else if (tag === listTag) value = this.readList(reader, place, value)
      else if (tag >>> 3 < 7) throw wrongWireType(tag)
      else return false
      return true
    })
    return value
  }
}

const message = { wire: 2, inline: Inline.none, merges: true } as const

interface Place {
  /** Of messages around the value. */
  readonly depth: number
  /** Of objects and arrays around it, within the value. */
  readonly nesting: number
}

function isPlainObject(value: unknown): value is JsonMap {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
