import type { FieldSchema } from '../../schema/message.js'
import { mismatch, within } from '../values/fault.js'
import { isInt32 } from '../values/fits.js'
import type { Identity } from '../values/identity.js'
import { long, makeRoom } from '../values/list-room.js'
import { type FieldReader, type Fields, type ProtoField, tagOf } from './fields.js'
import type { Reader } from './reader.js'
import { Inline, type ProtoType } from './scalars.js'
import type { Writer } from './writer.js'

/** The Array or Set of a repeated field. */
export interface Collection {
  readonly expected: string
  /** Undefined if the value is not such a collection. */
  elements(value: unknown): Iterable<unknown> | undefined
  size(value: unknown): number
  /** @param reader counts the element */
  add(value: unknown, element: unknown, reader: Reader): void
}

export interface ElementType {
  readonly type: ProtoType
  /** How much of `limits.values` one element takes. */
  readonly cost: number
  /** `limits.values` */
  readonly limit: number
}

export const listCollection: Collection = {
  expected: 'list (an Array)',
  elements: value => (Array.isArray(value) ? value : undefined),
  size: value => (value as unknown[]).length,
  add: (value, element) => (value as unknown[]).push(element),
}

/** @param identity of elements that are objects */
export function setCollection(identity: Identity | undefined, limit: number): Collection {
  return {
    expected: 'set (a Set)',
    elements: value => (value instanceof Set ? value : undefined),
    size: value => (value as Set<unknown>).size,
    add(value, element, reader) {
      const set = value as Set<unknown>
      set.add(identity === undefined ? element : reader.values.first(set, element, identity, limit))
      reader.values.added(set, element)
    },
  }
}

/** Written packed if its elements allow it; read both ways (proto3, "Packed repeated fields"). */
export class RepeatedField implements ProtoField {
  readonly key: string
  readonly inline = Inline.none
  readonly tag: number
  readonly omitsZero = false
  readonly takesNull = false
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly name: string
  private readonly type: ProtoType
  private readonly isPacked: boolean

  constructor(
    field: FieldSchema,
    number: number,
    { type, cost, limit }: ElementType,
    private readonly collection: Collection,
  ) {
    const { key, name } = field
    this.type = type
    this.key = key
    this.name = name
    this.isPacked = type.wire !== 2 && type.wire !== 3
    this.tag = tagOf(number, type.wire === 3 ? 3 : 2)
    const place = (message: Fields) => `${name}[${collection.size(message[key])}]`
    const readOne = (reader: Reader, message: Fields, depth: number) => {
      if (cost > 0) reader.values.take(cost, limit)
      const element = type.read(reader, depth)
      if (element !== undefined) collection.add(message[key], element, reader)
    }
    const isList = collection === listCollection
    const areInt32s = isList && type.inline === Inline.int32
    const readPacked = (reader: Reader, message: Fields, depth: number) => {
      if (areInt32s) {
        readInt32s(reader, message[key] as unknown[])
        return
      }
      const outer = reader.enter()
      if (isList) {
        const count = reader.countPacked(type.wire)
        if (cost > 0) reader.values.take(cost * count, limit)
        readList(reader, message[key] as unknown[], { type, count })
      } else while (reader.position < reader.end) readOne(reader, message, depth)
      reader.end = outer
    }
    const one: FieldReader = { key, type, place, inline: isList ? inlineList(type) : Inline.none, read: readOne }
    const packed = { ...one, inline: areInt32s ? Inline.int32s : Inline.none, read: readPacked }
    this.readers = new Map([[tagOf(number, type.wire), one], ...(this.isPacked ? [[this.tag, packed] as const] : [])])
  }

  write(writer: Writer, value: unknown, depth: number): void {
    const elements = this.collection.elements(value)
    if (elements === undefined) throw within(mismatch(this.collection.expected, value), this.name)
    if (this.collection.size(value) === 0) return
    let at = 0
    try {
      if (this.isPacked) {
        writer.varint(this.tag)
        const start = writer.open()
        const areInt32 = this.type.inline === Inline.int32
        for (const element of elements) {
          if (areInt32 && isInt32(element)) writer.signed32(element)
          else this.type.write(writer, element, depth)
          at++
        }
        writer.close(start)
      } else {
        const areTexts = this.type.inline === Inline.string
        for (const element of elements) {
          if (!(areTexts && typeof element === 'string' && writer.shortField(this.tag, element))) {
            writer.varint(this.tag)
            this.type.write(writer, element, depth)
          }
          at++
        }
      }
    } catch (error) {
      throw within(error, `${this.name}[${at}]`)
    }
  }
}

function inlineList({ inline }: ProtoType): Inline {
  if (inline === Inline.string) return Inline.strings
  return inline === Inline.message ? Inline.messages : Inline.none
}

/** A packed list of int32. If one cannot be read, the list ends before it. */
export function readInt32s(reader: Reader, list: unknown[]): void {
  const outer = reader.enter()
  let size = list.length
  // A number takes at least one byte, so only then can there be enough of them to make room.
  if (reader.end - reader.position >= long) makeRoom(list, size, reader.countPacked(0))
  try {
    for (; reader.position < reader.end; size++) list[size] = reader.int32()
  } finally {
    if (list.length !== size) list.length = size
  }
  reader.end = outer
}

/** The elements of a packed list. If one cannot be read, the list ends before it. */
function readList(reader: Reader, list: unknown[], { type, count }: { type: ProtoType; count: number }): void {
  let size = list.length
  makeRoom(list, size, count)
  try {
    while (reader.position < reader.end) {
      const element = type.read(reader, 0)
      if (element !== undefined) list[size++] = element
    }
  } finally {
    if (list.length !== size) list.length = size
  }
}
