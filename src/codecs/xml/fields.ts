import type { FieldSchema } from '../../schema/message.js'
import { Fault, shortened, within } from '../values/fault.js'
import { isZeroOf } from '../values/presence.js'
import { type Collection, tagOf, writeParts, type XmlType } from './elements.js'
import type { Tag, XmlReader } from './reader.js'
import type { XmlText } from './scalars.js'
import { escapeAttribute } from './text.js'

export type Fields = Record<string, unknown>

/** One field of a message that stands in elements. */
export interface ElementField {
  /** What reads its elements. */
  readonly members: readonly Member[]
  /** Nothing where it is absent. Faults have the field in their path. */
  write(message: Fields, depth: number): string
}

/** Reads the elements of one name. */
export interface Member {
  readonly tag: Tag
  /** More than one may stand in a message. */
  readonly repeats: boolean
  read(reader: XmlReader, message: Fields, depth: number): void
}

export class SingleElement implements ElementField, Member {
  readonly members = [this]
  readonly repeats = false
  readonly tag: Tag
  private readonly key: string
  private readonly isZero: ((value: unknown) => boolean) | undefined

  constructor(
    field: FieldSchema,
    private readonly type: XmlType,
  ) {
    this.key = field.key
    this.tag = tagOf(field.name)
    this.isZero = field.presence === 'implicit' ? isZeroOf(field.type) : undefined
  }

  write(message: Fields, depth: number): string {
    const value = message[this.key]
    if (value === undefined || value === null || this.isZero?.(value)) return ''
    try {
      return this.type.write(this.tag, value, depth)
    } catch (error) {
      throw within(error, this.tag.name)
    }
  }

  read(reader: XmlReader, message: Fields, depth: number): void {
    try {
      message[this.key] = this.type.read(reader, depth)
    } catch (error) {
      throw within(error, this.tag.name)
    }
  }
}

/** A list, set or map as so many elements of the field's name. */
export class RepeatedElement implements ElementField, Member {
  readonly members = [this]
  readonly repeats = true
  readonly tag: Tag
  private readonly key: string

  constructor(
    field: FieldSchema,
    private readonly collection: Collection,
  ) {
    this.key = field.key
    this.tag = tagOf(field.name)
  }

  write(message: Fields, depth: number): string {
    const value = message[this.key]
    if (value === undefined || value === null) return ''
    try {
      return writeParts(this.collection, this.tag, { value, depth })
    } catch (error) {
      throw within(error, this.tag.name)
    }
  }

  read(reader: XmlReader, message: Fields, depth: number): void {
    message[this.key] ??= this.collection.create()
    try {
      this.collection.readPart(reader, message[this.key], depth)
    } catch (error) {
      throw within(error, this.tag.name)
    }
  }
}

export interface XmlCase {
  readonly name: string
  readonly type: XmlType
}

export class OneOfElement implements ElementField {
  readonly members: readonly Member[]
  private readonly cases: ReadonlyMap<unknown, XmlCase & { readonly tag: Tag }>

  constructor(
    private readonly key: string,
    cases: readonly XmlCase[],
  ) {
    const tagged = cases.map(one => ({ ...one, tag: tagOf(one.name) }))
    this.cases = new Map(tagged.map(one => [one.name, one]))
    this.members = tagged.map(({ name, type, tag }) => ({
      tag,
      repeats: false,
      read(reader, message, depth) {
        const before = message[key] as { readonly case: string } | undefined
        try {
          const value = type.read(reader, depth)
          // What the class has initialised it with is no case that arrived: `MessageElement` has cleared it.
          if (before !== undefined) throw new Fault(`only one of ${before.case} and ${name} may be set`)
          message[key] = { case: name, value }
        } catch (error) {
          throw within(error, name)
        }
      },
    }))
  }

  write(message: Fields, depth: number): string {
    const value = message[this.key]
    if (value === undefined || value === null) return ''
    const { case: name, value: inner } = value as { case?: unknown; value?: unknown }
    const one = this.cases.get(name)
    if (one === undefined) {
      const choice = shortened([...this.cases.keys()].join(', '))
      throw within(new Fault(`expected { case, value } with a case of ${choice}`), this.key)
    }
    try {
      return one.type.write(one.tag, inner, depth)
    } catch (error) {
      throw within(error, one.name)
    }
  }
}

/** A field that stands in the start tag of its message. */
export class AttributeField {
  readonly name: string
  private readonly key: string
  private readonly isZero: ((value: unknown) => boolean) | undefined

  constructor(
    field: FieldSchema,
    private readonly text: XmlText,
  ) {
    this.key = field.key
    this.name = field.name
    this.isZero = field.presence === 'implicit' ? isZeroOf(field.type) : undefined
  }

  /** ` name="value"`, or nothing where it is absent. */
  write(message: Fields): string {
    const value = message[this.key]
    if (value === undefined || value === null || this.isZero?.(value)) return ''
    try {
      return ` ${this.name}="${escapeAttribute(this.text.write(value))}"`
    } catch (error) {
      throw within(error, this.name)
    }
  }

  read(text: string, message: Fields): void {
    try {
      message[this.key] = this.text.read(text)
    } catch (error) {
      throw within(error, this.name)
    }
  }
}
