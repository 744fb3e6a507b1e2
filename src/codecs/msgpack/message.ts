import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { isObject, mismatch, within } from '../values/fault.js'
import { Instances } from '../values/instances.js'
import { Cases, type Choice } from '../values/one-of.js'
import { isLeftOutOf, takesNull } from '../values/presence.js'
import type { PackReader } from './reader.js'
import type { PackType } from './scalars.js'
import { PackWriter } from './writer.js'

export type Fields = Record<string, unknown>

/** How fields are written in a message's map. Both are read. A field without a number is written by name. */
export type PackKeys = 'name' | 'number'

export interface PackKey {
  readonly name: string
  readonly number: number | undefined
  readonly keys: PackKeys
  readonly takesNil: boolean
}

/** An entry of a message's map: a field, or one case of a oneOf. */
export class PackEntry {
  readonly name: string
  readonly number: number | undefined
  /** The encoded key. */
  readonly key: Uint8Array
  /** Whether nil is a value. Otherwise it counts as absent. */
  readonly takesNil: boolean

  constructor(
    { name, number, keys, takesNil }: PackKey,
    readonly type: PackType,
    readonly set: (message: Fields, value: unknown) => void,
  ) {
    this.name = name
    this.number = number
    this.takesNil = takesNil
    const writer = new PackWriter(0)
    if (keys === 'number' && number !== undefined) writer.integer(number)
    else writer.text(name)
    this.key = Uint8Array.from(writer.finish())
  }

  write(writer: PackWriter, value: unknown, depth: number): void {
    try {
      writer.raw(this.key)
      this.type.write(writer, value, depth)
    } catch (error) {
      throw within(error, this.name)
    }
  }
}

export interface PackField {
  readonly entries: readonly PackEntry[]
  /** @returns whether it was written: an absent field is not */
  write(writer: PackWriter, message: Readonly<Fields>, depth: number): boolean
}

export class PlainField implements PackField {
  readonly entries: readonly PackEntry[]
  private readonly key: string
  private readonly isZero: ((value: unknown) => boolean) | undefined
  private readonly takesNull: boolean

  constructor(
    field: FieldSchema,
    private readonly entry: PackEntry,
  ) {
    this.key = field.key
    this.entries = [entry]
    this.isZero = field.presence === 'implicit' ? isLeftOutOf(field.type) : undefined
    this.takesNull = takesNull(field.type)
  }

  write(writer: PackWriter, message: Readonly<Fields>, depth: number): boolean {
    const value = message[this.key]
    if (value === undefined || (value === null && !this.takesNull) || this.isZero?.(value)) return false
    this.entry.write(writer, value, depth)
    return true
  }
}

export class OneOfField implements PackField {
  private readonly cases: Cases<PackEntry>

  constructor(
    private readonly key: string,
    readonly entries: readonly PackEntry[],
  ) {
    this.cases = new Cases(key, entries)
  }

  write(writer: PackWriter, message: Readonly<Fields>, depth: number): boolean {
    const value = message[this.key]
    if (value === undefined || value === null) return false
    this.cases.chosenBy(value).write(writer, (value as Choice).value, depth)
    return true
  }
}

/** A message: a map of its fields. */
export class PackMessage implements PackType {
  private fields: readonly PackField[] = []
  /** In the order of writing. */
  private entries: readonly PackEntry[] = []
  private readonly byName = new Map<string, number>()
  private readonly byNumber = new Map<number, number>()
  private readonly instances: Instances

  constructor(
    private readonly schema: MessageSchema,
    options: CodecOptions,
  ) {
    this.instances = new Instances(schema, options)
  }

  /** Called once, after the fields are compiled: they may refer to this message. */
  complete(fields: readonly PackField[]): void {
    this.fields = fields
    this.entries = fields.flatMap(field => field.entries)
    for (const [at, { name, number }] of this.entries.entries()) {
      this.byName.set(name, at)
      if (number !== undefined) this.byNumber.set(number, at)
    }
    this.instances.prepare()
  }

  write(writer: PackWriter, message: unknown, depth: number): void {
    if (!isObject(message)) throw mismatch(this.schema.name, message)
    this.instances.checkDepth(depth)
    const { fields } = this
    const opened = writer.openMap(fields.length)
    let size = 0
    for (let at = 0; at < fields.length; at++) if ((fields[at] as PackField).write(writer, message, depth + 1)) size++
    writer.closeMap(opened, size, fields.length)
  }

  read(reader: PackReader, depth: number): unknown {
    this.instances.checkDepth(depth)
    const message = this.instances.create(reader.values)
    let next = 0
    for (let left = reader.map(`map (${this.schema.name})`); left > 0; left--) {
      const at = this.find(reader, next)
      const entry = this.entries[at]
      if (entry === undefined) {
        reader.skip()
        continue
      }
      next = at + 1
      if (!entry.takesNil && reader.nil()) continue
      try {
        const value = entry.type.read(reader, depth + 1)
        if (value !== undefined) entry.set(message, value)
      } catch (error) {
        throw within(error, entry.name)
      }
    }
    return message
  }

  /** The index of the entry whose key comes next: most often one of the next three in the order of writing. */
  private find(reader: PackReader, next: number): number {
    const { entries } = this
    for (let at = next; at < next + 3 && at < entries.length; at++)
      if (reader.follows((entries[at] as PackEntry).key)) return at
    const head = reader.peek()
    if ((head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb))
      return this.byName.get(reader.text('field name')) ?? -1
    if (head < 0x80 || (head >= 0xcc && head <= 0xd3))
      return this.byNumber.get(Number(reader.number('field number'))) ?? -1
    reader.skip()
    return -1
  }
}
