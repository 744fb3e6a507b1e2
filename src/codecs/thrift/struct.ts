import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { Fault, isObject, mismatch, within } from '../values/fault.js'
import { isInt32, isInt64 } from '../values/fits.js'
import { Instances } from '../values/instances.js'
import { Cases, type Choice } from '../values/one-of.js'
import { takesNull } from '../values/presence.js'
import type { ThriftList } from './collections.js'
import { type ThriftReader, type ThriftType, type ThriftWriter, Wire, type WireType, wrongType } from './wire.js'

export type Fields = Record<string, unknown>

/** One field of a struct, or a oneOf, whose cases are fields of the struct. */
export interface StructField {
  readonly key: string
  readonly name: string
  readonly id: number
  /** The wire type of a plain type, whose values the struct writes itself if they are of the expected type; or `Wire.stop`. */
  readonly plainWire: WireType
  /** Its readers by field id. */
  readonly readers: ReadonlyMap<number, FieldReader>
  /** Faults have the field in their path. @param value undefined or null if absent */
  write(writer: ThriftWriter, value: unknown, depth: number): void
}

export interface FieldReader {
  readonly name: string
  readonly wire: WireType
  /** Reads a value of that type into its property. @returns false if the value counts as absent */
  read(reader: ThriftReader, message: Fields, depth: number): boolean
}

/** Field ids from 0 up to this are looked up in an array. */
const denseIds = 256

/** A field id is an i16, so no field has this one. */
const noId = 65_536

/** A struct, union or exception. */
export class ThriftStruct implements ThriftType {
  readonly wire = Wire.struct
  readonly isPlain = true
  private fields: readonly StructField[] = []
  private readonly dense: (FieldReader | undefined)[] = []
  /** By dense id: the wire type of a field with a plain type, or `Wire.stop`; its property; its type. */
  private plainWires = new Uint8Array(0)
  private readonly keys: string[] = []
  private readonly types: ThriftType[] = []
  private readonly sparse = new Map<number, FieldReader>()
  private required: readonly FieldSchema[] = []
  private readonly instances: Instances
  private readonly depth: number

  constructor(
    private readonly schema: MessageSchema,
    options: CodecOptions,
  ) {
    this.instances = new Instances(schema, options)
    this.depth = options.depth
  }

  /** Called once, after the fields are compiled: they may refer to this struct. */
  complete(fields: readonly StructField[]): void {
    this.fields = fields
    for (const [id, reader] of fields.flatMap(({ readers }) => [...readers])) {
      if (id >= 0 && id < denseIds) this.dense[id] = reader
      else this.sparse.set(id, reader)
    }
    this.plainWires = new Uint8Array(this.dense.length)
    for (const [id, reader] of this.dense.entries()) {
      if (!(reader instanceof PlainField) || reader.plainWire === Wire.stop) continue
      this.plainWires[id] = reader.wire
      this.keys[id] = reader.key
      this.types[id] = reader.type
    }
    this.instances.prepare()
    this.required = this.schema.fields.filter(field => field.presence === 'required')
  }

  write(writer: ThriftWriter, message: unknown, depth: number): void {
    if (!isObject(message)) throw mismatch(this.schema.name, message)
    this.instances.checkDepth(depth)
    const begun = writer.beginStruct()
    const { fields } = this
    let own: StructField | undefined
    try {
      for (let at = 0; at < fields.length; at++) {
        const field = fields[at] as StructField
        const value = message[field.key]
        switch (field.plainWire) {
          case Wire.i32:
            if (!isInt32(value)) break
            writer.field(Wire.i32, field.id)
            writer.i32(value)
            continue
          case Wire.i64:
            if (!isInt64(value)) break
            writer.field(Wire.i64, field.id)
            writer.i64(value)
            continue
          case Wire.double:
            if (typeof value !== 'number') break
            writer.field(Wire.double, field.id)
            writer.double(value)
            continue
          case Wire.bool:
            if (typeof value !== 'boolean') break
            writer.field(Wire.bool, field.id)
            writer.bool(value)
            continue
          case Wire.binary:
            if (typeof value !== 'string') break
            own = field
            writer.field(Wire.binary, field.id)
            writer.string(value)
            own = undefined
            continue
        }
        field.write(writer, value, depth + 1)
      }
    } catch (error) {
      throw own === undefined ? error : within(error, own.name)
    }
    writer.endStruct(begun)
  }

  read(reader: ThriftReader, depth: number): unknown {
    this.instances.checkDepth(depth)
    const message = this.instances.create(reader.values)
    const { keys, plainWires } = this
    let missing = this.required
    const begun = reader.beginStruct()
    let id = noId
    try {
      for (let wire = reader.field(); wire !== Wire.stop; wire = reader.field()) {
        id = reader.fieldId
        let isRead = true
        const key = keys[id] as string
        switch (wire === plainWires[id] ? wire : Wire.stop) {
          case Wire.i32:
            message[key] = reader.i32()
            break
          case Wire.i64:
            message[key] = reader.i64()
            break
          case Wire.double:
            message[key] = reader.double()
            break
          case Wire.bool:
            message[key] = reader.bool()
            break
          case Wire.binary:
            message[key] = reader.string()
            break
          case Wire.list:
            message[key] = (this.types[id] as ThriftList).read(reader, depth + 1)
            break
          case Wire.struct:
            message[key] = (this.types[id] as ThriftType).read(reader, depth + 1)
            break
          default: {
            const field = this.fieldOf(id)
            if (field === undefined) reader.skip(wire, this.depth - depth)
            else if (wire !== field.wire) throw wrongType(field.wire, wire)
            isRead = field?.read(reader, message, depth + 1) ?? false
          }
        }
        if (isRead && missing.length > 0) missing = without(missing, this.fieldOf(id))
        id = noId
      }
    } catch (error) {
      const field = this.fieldOf(id)
      throw field === undefined ? error : within(error, field.name)
    }
    reader.endStruct(begun)
    for (const { name } of missing) throw absent(name)
    return message
  }

  private fieldOf(id: number): FieldReader | undefined {
    return id >= 0 && id < this.dense.length ? this.dense[id] : this.sparse.get(id)
  }
}

function without(fields: readonly FieldSchema[], reader: FieldReader | undefined): readonly FieldSchema[] {
  return fields.filter(field => field.name !== reader?.name)
}

function absent(name: string): unknown {
  return within(new Fault('it is required, but absent'), name)
}

/**
 * A zero is written too, unlike on other wires: Thrift's readers take an absent field for null if it has the default requiredness, and for
 * an error if it is `required`.
 */
export class PlainField implements StructField, FieldReader {
  readonly key: string
  readonly name: string
  readonly wire: WireType
  readonly plainWire: WireType
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly isRequired: boolean
  private readonly takesNull: boolean
  /** Written for an absent value; undefined if nothing is written. */
  private readonly zero: unknown
  /** A uuid has no zero on the wire. */
  private readonly emptyIsAbsent: boolean

  constructor(
    field: FieldSchema,
    readonly id: number,
    readonly type: ThriftType,
  ) {
    this.key = field.key
    this.name = field.name
    this.wire = type.wire
    this.plainWire = type.isPlain ? type.wire : Wire.stop
    this.readers = new Map([[id, this]])
    this.isRequired = field.presence === 'required'
    this.takesNull = takesNull(field.type)
    this.emptyIsAbsent = field.presence === 'implicit' && type.wire === Wire.uuid
    this.zero = field.presence === 'implicit' && !this.emptyIsAbsent ? field.makeDefault() : undefined
  }

  write(writer: ThriftWriter, value: unknown, depth: number): void {
    if (value === undefined || (value === null && !this.takesNull)) {
      if (this.isRequired) throw absent(this.name)
      if (this.zero === undefined) return
      value = this.zero
    }
    if (this.emptyIsAbsent && value === '') return
    const { type } = this
    try {
      writer.field(type.wire, this.id)
      type.write(writer, value, depth)
    } catch (error) {
      throw within(error, this.name)
    }
  }

  read(reader: ThriftReader, message: Fields, depth: number): boolean {
    const value = this.type.read(reader, depth)
    if (value === undefined) return false
    message[this.key] = value
    return true
  }
}

export interface ThriftCase {
  readonly name: string
  readonly id: number
  readonly type: ThriftType
}

/** The last case that arrives wins. */
export class OneOfField implements StructField {
  readonly key: string
  readonly name: string
  readonly id = noId
  readonly plainWire = Wire.stop
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly cases: Cases<ThriftCase>
  private readonly isRequired: boolean

  constructor(field: FieldSchema, cases: readonly ThriftCase[]) {
    const { key } = field
    this.key = key
    this.name = field.name
    this.isRequired = field.presence === 'required'
    this.cases = new Cases(key, cases)
    this.readers = new Map(
      cases.map(({ id, name, type }) => {
        const read = (reader: ThriftReader, message: Fields, depth: number) => {
          const value = type.read(reader, depth)
          if (value === undefined) return false
          message[key] = { case: name, value }
          return true
        }
        return [id, { name, wire: type.wire, read }]
      }),
    )
  }

  write(writer: ThriftWriter, value: unknown, depth: number): void {
    if (value === undefined || value === null) {
      if (this.isRequired) throw absent(this.key)
      return
    }
    const choice = value as Choice
    const one = this.cases.chosenBy(choice)
    try {
      writer.field(one.type.wire, one.id)
      one.type.write(writer, choice.value, depth)
    } catch (error) {
      throw within(error, one.name)
    }
  }
}
