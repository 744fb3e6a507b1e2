import type { FieldSchema } from '../../schema/message.js'
import { Fault, keyStep, mismatch, within } from '../values/fault.js'
import { Cases, type Choice } from '../values/one-of.js'
import { isLeftOutOf, takesNull } from '../values/presence.js'
import type { Reader } from './reader.js'
import { Inline, type ProtoType, type WireType } from './scalars.js'
import type { Writer } from './writer.js'

export type Fields = Record<string, unknown>

/** One field of a message. */
export interface ProtoField {
  readonly key: string
  /** Its readers by tag. A repeated field may arrive packed or not; a oneOf has a tag per case. */
  readonly readers: ReadonlyMap<number, FieldReader>
  /** Other than `none`: the message may write values of the expected type itself. */
  readonly inline: Inline
  readonly tag: number
  /** Whether the zero of the type is not written. */
  readonly omitsZero: boolean
  /** Whether null is a value. Otherwise it counts as absent. */
  readonly takesNull: boolean
  /** Writes the tag and the value. Faults have the field in their path. @param value not undefined; null if the field takes it */
  write(writer: Writer, value: unknown, depth: number): void
}

/** Reads one occurrence of a field into its property. */
export interface FieldReader {
  readonly key: string
  readonly type: ProtoType
  /** Other than `none`: the message reads the field itself, and `read` is not called. */
  readonly inline: Inline
  /** The step of the value, for the path of a Fault that `read` threw. */
  place(message: Fields): string
  read(reader: Reader, message: Fields, depth: number): void
}

export function tagOf(number: number, wire: WireType): number {
  return ((number << 3) | wire) >>> 0
}

export class SingularField implements ProtoField, FieldReader {
  readonly key: string
  readonly inline: Inline
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly name: string
  readonly tag: number
  readonly omitsZero: boolean
  readonly takesNull: boolean
  private readonly isZero: ((value: unknown) => boolean) | undefined

  constructor(
    field: FieldSchema,
    number: number,
    readonly type: ProtoType,
  ) {
    this.key = field.key
    this.inline = type.inline
    this.name = field.name
    this.tag = tagOf(number, type.wire)
    this.omitsZero = field.presence === 'implicit'
    this.takesNull = takesNull(field.type)
    this.isZero = this.omitsZero ? isLeftOutOf(field.type) : undefined
    this.readers = new Map([[this.tag, this]])
  }

  write(writer: Writer, value: unknown, depth: number): void {
    if (this.isZero?.(value)) return
    try {
      writer.varint(this.tag)
      this.type.write(writer, value, depth)
    } catch (error) {
      throw within(error, this.name)
    }
  }

  place(): string {
    return this.name
  }

  read(reader: Reader, message: Fields, depth: number): void {
    const value = this.type.read(reader, depth, this.type.merges ? message[this.key] : undefined)
    if (value !== undefined) message[this.key] = value
  }
}

export interface EntryType {
  readonly key: ProtoType
  readonly value: ProtoType
  /** `limits.values` */
  readonly limit: number
}

/** A repeated message of two fields: key 1, value 2. */
export class MapField implements ProtoField, FieldReader {
  readonly key: string
  readonly type: ProtoType
  readonly inline = Inline.none
  readonly readers: ReadonlyMap<number, FieldReader>
  readonly omitsZero = false
  readonly takesNull = false
  private readonly name: string
  readonly tag: number
  private readonly keyTag: number
  private readonly valueTag: number

  constructor(
    field: FieldSchema,
    number: number,
    private readonly types: EntryType,
  ) {
    this.key = field.key
    this.name = field.name
    this.tag = tagOf(number, 2)
    this.type = types.value
    this.keyTag = tagOf(1, types.key.wire)
    this.valueTag = tagOf(2, types.value.wire)
    this.readers = new Map([[this.tag, this]])
  }

  write(writer: Writer, value: unknown, depth: number): void {
    if (!(value instanceof Map)) throw within(mismatch('map (a Map)', value), this.name)
    for (const [key, entry] of value) {
      try {
        writer.varint(this.tag)
        const start = writer.open()
        writer.varint(this.keyTag)
        this.types.key.write(writer, key, depth)
        writer.varint(this.valueTag)
        this.types.value.write(writer, entry, depth)
        writer.close(start)
      } catch (error) {
        throw within(error, this.name + keyStep(key))
      }
    }
  }

  place(): string {
    return this.name
  }

  read(reader: Reader, message: Fields, depth: number): void {
    reader.values.take(1, this.types.limit)
    const outer = reader.enter()
    let key: unknown
    let value: unknown
    let isKnown = true
    try {
      while (reader.position < reader.end) {
        const tag = reader.tag()
        if (tag === this.keyTag) {
          key = this.types.key.read(reader, depth)
          isKnown &&= key !== undefined
        } else if (tag === this.valueTag) {
          value = this.types.value.read(reader, depth, value)
          isKnown &&= value !== undefined
        } else if (tag >>> 3 < 3) throw wrongWireType(tag)
        else reader.skip(tag, depth)
      }
    } catch (error) {
      throw within(error, keyStep(key ?? this.types.key.zero(reader)))
    }
    reader.end = outer
    const map = message[this.key] as Map<unknown, unknown>
    if (!isKnown) return
    key ??= this.types.key.zero(reader)
    map.set(key, value ?? this.types.value.zero(reader))
    reader.values.added(map, key)
  }
}

export interface ProtoCase {
  readonly name: string
  readonly number: number
  readonly type: ProtoType
}

/** Its cases are fields of the message. The last case that arrives wins. */
export class OneOfField implements ProtoField {
  readonly key: string
  readonly inline = Inline.none
  readonly tag = 0
  readonly omitsZero = false
  readonly takesNull = false
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly cases: Cases<ProtoCase>

  constructor(field: FieldSchema, cases: readonly ProtoCase[]) {
    this.key = field.key
    this.cases = new Cases(field.key, cases)
    this.readers = new Map(cases.map(one => [tagOf(one.number, one.type.wire), caseReader(field.key, one)]))
  }

  write(writer: Writer, value: unknown, depth: number): void {
    const choice = value as Choice
    const one = this.cases.chosenBy(choice)
    try {
      writer.varint(tagOf(one.number, one.type.wire))
      one.type.write(writer, choice.value, depth)
    } catch (error) {
      throw within(error, one.name)
    }
  }
}

function caseReader(key: string, { name, type }: ProtoCase): FieldReader {
  return {
    key,
    type,
    inline: Inline.none,
    place: () => name,
    read(reader, message, depth) {
      const before = message[key] as { case: string; value: unknown } | undefined
      const value = type.read(reader, depth, before?.case === name ? before.value : undefined)
      if (value !== undefined) message[key] = { case: name, value }
    },
  }
}

export function wrongWireType(tag: number): Fault {
  return new Fault(`wire type ${tag & 7} where the field has another`)
}
