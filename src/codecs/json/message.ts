import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { isObject, mismatch, tooDeep } from '../values/fault.js'
import { messageCost } from '../values/value-cost.js'
import type { JsonValues } from './budget.js'
import type { JsonCursor } from './cursor.js'
import type { FieldJson, JsonEntry } from './fields.js'
import { inDoubt } from './tokens.js'
import { Inline, type JsonType } from './value.js'
import type { JsonWriter } from './writer.js'

type Fields = Record<string, unknown>

/** Flat, for speed. `bit` marks its field among those seen; with more than 32 fields, two may share one. */
type Entry = JsonEntry & { readonly bit: number; readonly inline: Inline }

/** A message: an object of its fields. */
export class JsonMessage implements JsonType {
  readonly inline = Inline.message
  private fields: readonly FieldJson[] = []
  /** In the order of writing. */
  private entries: readonly Entry[] = []
  private readonly byName = new Map<string, number>()
  private fill: readonly FieldSchema[] = []

  private cost = 1

  constructor(
    private readonly schema: MessageSchema,
    private readonly depth: number,
    private readonly values: JsonValues,
  ) {}

  /** Called once, after the fields are compiled: they may refer to this message. @param fill as from `fieldsToFill` */
  complete(fields: readonly FieldJson[], fill: readonly FieldSchema[]): void {
    this.fields = fields
    this.fill = fill
    this.cost = messageCost(this.schema)
    this.entries = fields.flatMap(({ entries }, at) =>
      entries.map(entry => ({ ...entry, bit: 1 << (at & 31), inline: inlineOf(entry) })),
    )
    for (const [at, { name, jsonName }] of this.entries.entries()) this.byName.set(name, at).set(jsonName, at)
  }

  write(writer: JsonWriter, value: unknown, depth: number): void {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    this.checkDepth(depth)
    const { fields } = this
    writer.byte(0x7b)
    for (let at = 0; at < fields.length; at++) (fields[at] as FieldJson).write(writer, value, depth + 1)
    writer.close(0x7d)
  }

  /** The same behind a member that is not a field. @param first `"@type":"..."` */
  writeBehind(first: string, writer: JsonWriter, value: unknown, depth: number): void {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    this.checkDepth(depth)
    writer.byte(0x7b)
    writer.json(first)
    writer.comma()
    for (const field of this.fields) field.write(writer, value, depth + 1)
    writer.close(0x7d)
  }

  read(json: unknown, depth: number): unknown {
    if (!isObject(json)) throw mismatch(`object (${this.schema.name})`, json)
    this.checkDepth(depth)
    this.values.take(this.cost)
    const message = this.schema.create() as Fields
    for (const field of this.fields) field.read(json, message, depth + 1)
    return message
  }

  scan(cursor: JsonCursor, depth: number): unknown {
    this.checkDepth(depth)
    cursor.open(0x7b)
    this.values.take(this.cost)
    const message = this.schema.create() as Fields
    for (const { key, makeDefault } of this.fill) message[key] = makeDefault()
    if (cursor.closes(0x7d)) return message
    let next = 0
    let highest = -1
    let seen = 0
    do {
      const at = this.find(cursor, next)
      const entry = this.entries[at]
      if (entry === undefined) {
        cursor.value()
        continue
      }
      const { bit } = entry
      // In JSON.parse the last value of a name wins, and of a oneOf only one case may be set.
      if ((at <= highest || entry.caseName !== undefined) && (seen & bit) !== 0) throw inDoubt
      seen |= bit
      if (at > highest) highest = at
      next = at + 1
      if (!entry.takesNull && cursor.nil()) continue
      const { key } = entry
      switch (entry.inline) {
        case Inline.text:
          message[key] = cursor.text()
          break
        case Inline.integer: {
          const value = cursor.plainInteger()
          message[key] = value < 0 ? entry.type.scan(cursor, depth + 1) : value
          break
        }
        case Inline.int64: {
          const value = cursor.quotedInteger()
          message[key] = value === undefined ? entry.type.scan(cursor, depth + 1) : BigInt(value)
          break
        }
        case Inline.double:
          message[key] = cursor.isText() ? entry.type.scan(cursor, depth + 1) : cursor.double()
          break
        case Inline.bool:
          message[key] = cursor.bool()
          break
        case Inline.message:
          message[key] = (entry.type as JsonMessage).scan(cursor, depth + 1)
          break
        default: {
          const value = entry.type.scan(cursor, depth + 1)
          if (value !== undefined) message[key] = entry.caseName === undefined ? value : { case: entry.caseName, value }
        }
      }
    } while (cursor.more(0x7d))
    return message
  }

  /** The index of the entry whose name comes next: most often one of the next three in the order of writing. */
  private find(cursor: JsonCursor, next: number): number {
    const { entries } = this
    for (let at = next; at < next + 3 && at < entries.length; at++)
      if (cursor.follows((entries[at] as Entry).prefix)) return at
    return this.byName.get(cursor.name()) ?? -1
  }

  private checkDepth(depth: number): void {
    if (depth > this.depth) throw tooDeep(this.depth)
  }
}

function inlineOf({ type, caseName }: JsonEntry): Inline {
  return caseName === undefined ? (type.inline ?? Inline.none) : Inline.none
}

/** A well-known message that is written as the value of its only field. */
export class JsonWrapper implements JsonType {
  private readonly field: FieldSchema

  constructor(
    private readonly schema: MessageSchema,
    private readonly type: JsonType,
    private readonly values: JsonValues,
  ) {
    this.field = schema.fields[0] as FieldSchema
  }

  write(writer: JsonWriter, value: unknown, depth: number): void {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    this.type.write(writer, value[this.field.key] ?? this.field.makeDefault(), depth)
  }

  read(json: unknown, depth: number): unknown {
    return this.wrap(this.type.read(json, depth))
  }

  scan(cursor: JsonCursor, depth: number): unknown {
    return this.wrap(this.type.scan(cursor, depth))
  }

  private wrap(value: unknown): unknown {
    this.values.take(1)
    return Object.assign(this.schema.create() as Fields, { [this.field.key]: value })
  }
}
