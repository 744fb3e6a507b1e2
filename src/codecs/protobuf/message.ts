import type { MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { isObject, mismatch, tooDeep, within } from '../values/fault.js'
import { fieldsToFill } from '../values/presence.js'
import { messageCost } from '../values/value-cost.js'
import { type FieldReader, type Fields, type ProtoField, wrongWireType } from './fields.js'
import type { Reader } from './reader.js'
import type { ProtoType } from './scalars.js'
import type { Writer } from './writer.js'

/** Tags below this are looked up in an array: field numbers up to 127. */
const denseTags = 1024

/** A message as a type: on the wire it follows its length. */
export class ProtoMessage implements ProtoType {
  readonly wire = 2
  readonly merges = true
  private fields: readonly ProtoField[] = []
  private readonly dense: (FieldReader | undefined)[] = []
  private readonly sparse = new Map<number, FieldReader>()
  private readonly byNumber = new Map<number, FieldReader>()
  /** Set before reading: defaults that a new instance does not hold. */
  private early: readonly Default[] = []
  /** Set after reading if still absent: set before, what arrives would be merged into them. */
  private late: readonly Default[] = []

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

  /** Called once, after the fields are compiled: they may refer to this message. */
  complete(fields: readonly ProtoField[]): void {
    this.fields = fields
    for (const [tag, reader] of fields.flatMap(field => [...field.readers])) {
      this.byNumber.set(tag >>> 3, reader)
      if (tag < denseTags) this.dense[tag] = reader
      else this.sparse.set(tag, reader)
    }
    this.cost = messageCost(this.schema)
    const fill = fieldsToFill(this.schema)
    const isLate = (field: Default) => {
      const { type } = field
      const merges =
        type.kind === 'message' ||
        type.kind === 'oneof' ||
        (type.kind === 'scalar' && (type.name === 'timestamp' || type.name === 'duration'))
      return merges && field.makeDefault() !== undefined
    }
    this.late = this.schema.fields.filter(isLate)
    this.early = this.schema.fields.filter(field => fill.has(field) && !isLate(field))
  }

  write(writer: Writer, value: unknown, depth: number): void {
    const start = writer.open()
    this.writeBody(writer, value, depth)
    writer.close(start)
  }

  writeBody(writer: Writer, message: unknown, depth: number): void {
    if (!isObject(message)) throw mismatch(this.schema.name, message)
    if (depth > this.depth) throw tooDeep(this.depth)
    const { fields } = this
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at] as ProtoField
      const value = message[field.key]
      if (value !== undefined && value !== null) field.write(writer, value, depth + 1)
    }
  }

  read(reader: Reader, depth: number, previous?: unknown): unknown {
    const outer = reader.enter()
    const message = this.readBody(reader, depth, previous)
    reader.end = outer
    return message
  }

  /** Reads to the reader's end. */
  readBody(reader: Reader, depth: number, previous?: unknown): unknown {
    if (depth > this.depth) throw tooDeep(this.depth)
    const message = (previous ?? this.create(reader)) as Fields
    let field: FieldReader | undefined
    try {
      while (reader.position < reader.end) {
        field = undefined
        const tag = reader.tag()
        field = tag < denseTags ? this.dense[tag] : this.sparse.get(tag)
        if (field !== undefined) field.read(reader, message, depth + 1)
        else {
          this.refuseKnown(tag, message)
          reader.skip(tag, this.depth - depth)
        }
      }
    } catch (error) {
      throw field === undefined ? error : within(error, field.place(message))
    }
    for (const { key, makeDefault } of this.late) if (message[key] === undefined) message[key] = makeDefault()
    return message
  }

  zero(reader: Reader): unknown {
    const message = this.create(reader)
    for (const { key, makeDefault } of this.late) message[key] = makeDefault()
    return message
  }

  private create(reader: Reader): Fields {
    reader.values.take(this.cost, this.values)
    const message = this.schema.create() as Fields
    for (const { key, makeDefault } of this.early) message[key] = makeDefault()
    for (const { key } of this.late) message[key] = undefined
    return message
  }

  private refuseKnown(tag: number, message: Fields): void {
    const known = this.byNumber.get(tag >>> 3)
    if (known !== undefined) throw within(wrongWireType(tag), known.place(message))
  }
}

type Default = MessageSchema['fields'][number]
