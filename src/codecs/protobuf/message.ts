import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { isObject, mismatch, within } from '../values/fault.js'
import { isInt32, isInt64 } from '../values/fits.js'
import { Instances } from '../values/instances.js'
import { type FieldReader, type Fields, type ProtoField, wrongWireType } from './fields.js'
import type { Reader } from './reader.js'
import { readInt32s } from './repeated.js'
import { Inline, type ProtoType } from './scalars.js'
import type { UnknownFieldStore } from './unknown-fields.js'
import type { Writer } from './writer.js'

/** Tags below this are looked up in an array: field numbers up to 127. */
const denseTags = 1024

/** A message as a type: on the wire it follows its length. */
export class ProtoMessage implements ProtoType {
  readonly wire = 2
  readonly inline = Inline.message
  readonly merges = true
  private fields: readonly ProtoField[] = []
  private readonly dense: (FieldReader | undefined)[] = []
  /** By dense tag: how this message reads the field itself, into which property, and the type of messages. */
  private inlines = new Uint8Array(0)
  private readonly keys: string[] = []
  private readonly messages: ProtoMessage[] = []
  private readonly sparse = new Map<number, FieldReader>()
  private readonly byNumber = new Map<number, FieldReader>()
  private readonly instances: Instances
  private readonly depth: number
  private readonly values: number
  /** Of the last one written: the next will probably be about as long, and then its bytes need not be moved. */
  private lengthSize = 1

  /** @param unknown undefined: unknown fields are read past */
  constructor(
    private readonly schema: MessageSchema,
    options: CodecOptions,
    private readonly unknown: UnknownFieldStore | undefined,
  ) {
    this.instances = new Instances(schema, options)
    this.depth = options.depth
    this.values = options.values
  }

  /** Called once, after the fields are compiled: they may refer to this message. */
  complete(fields: readonly ProtoField[]): void {
    this.fields = fields
    for (const [tag, reader] of fields.flatMap(field => [...field.readers])) {
      this.byNumber.set(tag >>> 3, reader)
      if (tag < denseTags) this.dense[tag] = reader
      else this.sparse.set(tag, reader)
    }
    this.inlines = new Uint8Array(this.dense.length)
    for (const [tag, reader] of this.dense.entries()) {
      if (reader === undefined || reader.inline === Inline.none) continue
      this.inlines[tag] = reader.inline
      this.keys[tag] = reader.key
      if (reader.type instanceof ProtoMessage) this.messages[tag] = reader.type
    }
    this.instances.prepare(merges)
  }

  write(writer: Writer, value: unknown, depth: number): void {
    const { lengthSize } = this
    const start = writer.open(lengthSize)
    this.writeBody(writer, value, depth)
    const needed = writer.close(start, lengthSize)
    if (needed !== lengthSize) this.lengthSize = needed
  }

  writeBody(writer: Writer, message: unknown, depth: number): void {
    if (!isObject(message)) throw mismatch(this.schema.name, message)
    this.instances.checkDepth(depth)
    const { fields } = this
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at] as ProtoField
      const value = message[field.key]
      if (value === undefined || (value === null && !field.takesNull)) continue
      switch (field.inline) {
        case Inline.int32:
          if (!isInt32(value)) break
          if (value === 0 && field.omitsZero) continue
          writer.varint(field.tag)
          writer.signed32(value)
          continue
        case Inline.int64:
          if (!isInt64(value)) break
          if (value === 0n && field.omitsZero) continue
          writer.varint(field.tag)
          writer.uint64(value)
          continue
        case Inline.double:
          if (typeof value !== 'number' || Object.is(value, 0)) break
          writer.varint(field.tag)
          writer.double(value)
          continue
        case Inline.bool:
          if (typeof value !== 'boolean') break
          if (!value && field.omitsZero) continue
          writer.varint(field.tag)
          writer.varint(value ? 1 : 0)
          continue
        case Inline.string:
          if (typeof value !== 'string') break
          if (value === '' && field.omitsZero) continue
          if (writer.shortField(field.tag, value)) continue
      }
      field.write(writer, value, depth + 1)
    }
    this.unknown?.write(message, writer)
  }

  read(reader: Reader, depth: number, previous?: unknown): unknown {
    const outer = reader.enter()
    const message = this.readBody(reader, depth, previous)
    reader.end = outer
    return message
  }

  /** Reads to the reader's end. */
  readBody(reader: Reader, depth: number, previous?: unknown): unknown {
    this.instances.checkDepth(depth)
    const message = (previous as Fields | undefined) ?? this.instances.create(reader.values)
    const { inlines, keys } = this
    let tag = 0
    try {
      while (reader.position < reader.end) {
        tag = 0
        tag = reader.tag()
        const key = keys[tag] as string
        switch (inlines[tag]) {
          case Inline.int32:
            message[key] = reader.int32()
            break
          case Inline.int64:
            message[key] = reader.int64()
            break
          case Inline.double:
            message[key] = reader.double()
            break
          case Inline.bool:
            message[key] = reader.bool()
            break
          case Inline.string:
            message[key] = reader.string()
            break
          case Inline.message:
            message[key] = (this.messages[tag] as ProtoMessage).read(reader, depth + 1, message[key])
            break
          case Inline.strings:
            this.readStrings(reader, message[key] as unknown[], tag)
            break
          case Inline.int32s:
            readInt32s(reader, message[key] as unknown[])
            break
          case Inline.messages:
            this.readMessages(reader, message[key] as unknown[], { tag, depth: depth + 1 })
            break
          default:
            this.readField(reader, message, { tag, depth })
        }
      }
    } catch (error) {
      const field = this.fieldOf(tag)
      throw field === undefined ? error : within(error, field.place(message))
    }
    this.instances.complete(message)
    return message
  }

  zero(reader: Reader): unknown {
    const message = this.instances.create(reader.values)
    this.instances.complete(message)
    return message
  }

  private fieldOf(tag: number): FieldReader | undefined {
    return tag < denseTags ? this.dense[tag] : this.sparse.get(tag)
  }

  private readField(reader: Reader, message: Fields, { tag, depth }: Occurrence): void {
    const field = this.fieldOf(tag)
    if (field !== undefined) {
      field.read(reader, message, depth + 1)
      return
    }
    this.readUnknown(reader, message, { tag, depth })
  }

  /** Apart from `readField`, so that V8 can inline that. */
  private readUnknown(reader: Reader, message: Fields, { tag, depth }: Occurrence): void {
    if (reader.endsGroup(tag, depth)) return
    this.refuseKnown(tag, message)
    const start = reader.position
    reader.skip(tag, this.depth - depth)
    this.unknown?.keep(message, tag, reader, start)
  }

  /** The elements that follow each other with the same tag. */
  private readStrings(reader: Reader, list: unknown[], tag: number): void {
    do {
      reader.values.take(1, this.values)
      list.push(reader.string())
    } while (reader.repeats(tag))
  }

  private readMessages(reader: Reader, list: unknown[], { tag, depth }: Occurrence): void {
    const type = this.messages[tag] as ProtoMessage
    do list.push(type.read(reader, depth))
    while (reader.repeats(tag))
  }

  private refuseKnown(tag: number, message: Fields): void {
    const known = this.byNumber.get(tag >>> 3)
    if (known !== undefined) throw within(wrongWireType(tag), known.place(message))
  }
}

interface Occurrence {
  readonly tag: number
  readonly depth: number
}

const mergingScalars: ReadonlySet<string> = new Set([
  'timestamp',
  'duration',
  'struct',
  'value',
  'listValue',
  'fieldMask',
])

/** Whether a value that arrives is merged into the one before. */
function merges({ type }: FieldSchema): boolean {
  if (type.kind === 'scalar') return type.wrapped === true || mergingScalars.has(type.name)
  return type.kind === 'message' || type.kind === 'oneof'
}
