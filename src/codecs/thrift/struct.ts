import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { Fault, mismatch, shortened, within } from '../values/fault.js'
import { fieldsToFill } from '../values/presence.js'
import { messageCost } from '../values/value-cost.js'
import { type ThriftReader, type ThriftType, type ThriftWriter, Wire, type WireType, wrongType } from './wire.js'

export type Fields = Record<string, unknown>

/** One field of a struct, or the cases of a oneOf, which are fields of the struct that it stands in. */
export interface StructField {
  readonly key: string
  /** What reads it, by field id. */
  readonly readers: ReadonlyMap<number, FieldReader>
  /** @param value undefined and null: absent. Faults have the field in their path. */
  write(writer: ThriftWriter, value: unknown, depth: number): void
}

export interface FieldReader {
  readonly name: string
  readonly wire: WireType
  /** Reads a value of that type into its property. */
  read(reader: ThriftReader, message: Fields, depth: number): void
}

/** A struct, union or exception. */
export class ThriftStruct implements ThriftType {
  readonly wire = Wire.struct
  private fields: readonly StructField[] = []
  private readonly readers: (FieldReader | undefined)[] = []
  /** What a new instance does not hold by itself. */
  private fill: readonly FieldSchema[] = []
  private required: readonly FieldSchema[] = []
  private readonly depth: number
  private readonly values: number
  private cost = 1

  constructor(
    private readonly schema: MessageSchema,
    { depth, values }: CodecOptions,
  ) {
    this.depth = depth
    this.values = values
  }

  /** Once, when its fields are compiled, which may refer to this struct. */
  complete(fields: readonly StructField[]): void {
    this.fields = fields
    for (const { readers } of fields) for (const [id, reader] of readers) this.readers[id] = reader
    this.cost = messageCost(this.schema)
    const fill = fieldsToFill(this.schema)
    this.fill = this.schema.fields.filter(field => fill.has(field))
    this.required = this.schema.fields.filter(field => field.presence === 'required')
  }

  write(writer: ThriftWriter, message: unknown, depth: number): void {
    if (typeof message !== 'object' || message === null || Array.isArray(message))
      throw mismatch(this.schema.name, message)
    if (depth > this.depth) throw this.tooDeep()
    const begun = writer.beginStruct()
    const { fields } = this
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at] as StructField
      field.write(writer, (message as Fields)[field.key], depth + 1)
    }
    writer.endStruct(begun)
  }

  read(reader: ThriftReader, depth: number): unknown {
    if (depth > this.depth) throw this.tooDeep()
    reader.values.take(this.cost, this.values)
    const message = this.schema.create() as Fields
    const { fill, readers } = this
    for (let at = 0; at < fill.length; at++) {
      const { key, makeDefault } = fill[at] as FieldSchema
      message[key] = makeDefault()
    }
    let missing = this.required
    const begun = reader.beginStruct()
    let field: FieldReader | undefined
    try {
      for (let wire = reader.field(); wire !== Wire.stop; wire = reader.field()) {
        field = readers[reader.fieldId]
        if (field !== undefined) {
          if (wire !== field.wire) throw wrongType(field.wire, wire)
          field.read(reader, message, depth + 1)
          if (missing.length > 0) missing = without(missing, field)
        } else {
          reader.skip(wire, this.depth - depth)
        }
        field = undefined
      }
    } catch (error) {
      throw field === undefined ? error : within(error, field.name)
    }
    reader.endStruct(begun)
    for (const { name } of missing) throw absent(name)
    return message
  }

  private tooDeep(): Fault {
    return new Fault(`nested deeper than ${this.depth} messages`)
  }
}

function without(fields: readonly FieldSchema[], { name }: FieldReader): readonly FieldSchema[] {
  return fields.filter(field => field.name !== name)
}

function absent(name: string): unknown {
  return within(new Fault('it is required, but absent'), name)
}

/**
 * Its zero is written too, unlike on other wires: readers of Thrift's default requiredness take what is absent for null, and those of
 * `required` for an error.
 */
export class PlainField implements StructField, FieldReader {
  readonly key: string
  readonly name: string
  readonly wire: WireType
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly isRequired: boolean
  /** What is written for an absent value; undefined: nothing. */
  private readonly zero: unknown
  /** A uuid has no zero on the wire. */
  private readonly emptyIsAbsent: boolean

  constructor(
    field: FieldSchema,
    private readonly id: number,
    private readonly type: ThriftType,
  ) {
    this.key = field.key
    this.name = field.name
    this.wire = type.wire
    this.readers = new Map([[id, this]])
    this.isRequired = field.presence === 'required'
    this.emptyIsAbsent = field.presence === 'implicit' && type.wire === Wire.uuid
    this.zero = field.presence === 'implicit' && !this.emptyIsAbsent ? field.makeDefault() : undefined
  }

  write(writer: ThriftWriter, value: unknown, depth: number): void {
    if (value === undefined || value === null) {
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

  read(reader: ThriftReader, message: Fields, depth: number): void {
    message[this.key] = this.type.read(reader, depth)
  }
}

export interface ThriftCase {
  readonly name: string
  readonly id: number
  readonly type: ThriftType
}

/** The last case that arrives holds. */
export class OneOfField implements StructField {
  readonly key: string
  readonly readers: ReadonlyMap<number, FieldReader>
  private readonly cases: ReadonlyMap<unknown, ThriftCase>
  private readonly isRequired: boolean

  constructor(field: FieldSchema, cases: readonly ThriftCase[]) {
    const { key } = field
    this.key = key
    this.isRequired = field.presence === 'required'
    this.cases = new Map(cases.map(one => [one.name, one]))
    this.readers = new Map(
      cases.map(({ id, name, type }) => {
        const read = (reader: ThriftReader, message: Fields, depth: number) => {
          message[key] = { case: name, value: type.read(reader, depth) }
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
    const { case: name, value: inner } = value as { case?: unknown; value?: unknown }
    const one = this.cases.get(name)
    if (one === undefined) {
      const choice = shortened([...this.cases.keys()].join(', '))
      throw within(new Fault(`expected { case, value } with a case of ${choice}`), this.key)
    }
    try {
      writer.field(one.type.wire, one.id)
      one.type.write(writer, inner, depth)
    } catch (error) {
      throw within(error, one.name)
    }
  }
}
