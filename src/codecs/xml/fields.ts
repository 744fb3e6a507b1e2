import type { FieldSchema } from '../../schema/message.js'
import { Fault, within } from '../values/fault.js'
import { Cases, type Choice } from '../values/one-of.js'
import { isLeftOutOf, takesNull } from '../values/presence.js'
import { type Collection, tagOf, writeParts, type XmlType } from './elements.js'
import type { Tag, XmlReader } from './reader.js'
import type { XmlText } from './scalars.js'
import { escapeAttribute } from './text.js'

export type Fields = Record<string, unknown>

/** One field of a message that is written as elements. */
export interface ElementField {
  /** The readers of its elements. */
  readonly members: readonly Member[]
  /** @returns the elements; empty if the field is absent. Faults have the field in their path. */
  write(message: Readonly<Fields>, depth: number): string
}

/** Reads the elements of one name. */
export interface Member {
  readonly tag: Tag
  /** Whether a message may have more than one. */
  readonly repeats: boolean
  read(reader: XmlReader, message: Fields, depth: number): void
}

export class SingleElement implements ElementField, Member {
  readonly members = [this]
  readonly repeats = false
  readonly tag: Tag
  private readonly key: string
  private readonly isZero: ((value: unknown) => boolean) | undefined
  private readonly takesNull: boolean

  constructor(
    field: FieldSchema,
    private readonly type: XmlType,
  ) {
    this.key = field.key
    this.tag = tagOf(field.name)
    this.isZero = field.presence === 'implicit' ? isLeftOutOf(field.type) : undefined
    this.takesNull = takesNull(field.type)
  }

  write(message: Readonly<Fields>, depth: number): string {
    const value = message[this.key]
    if (value === undefined || (value === null && !this.takesNull) || this.isZero?.(value)) return ''
    try {
      return this.type.write(this.tag, value, depth)
    } catch (error) {
      throw within(error, this.tag.name)
    }
  }

  read(reader: XmlReader, message: Fields, depth: number): void {
    try {
      const value = this.type.read(reader, depth)
      if (value !== undefined) message[this.key] = value
    } catch (error) {
      throw within(error, this.tag.name)
    }
  }
}

/** A list, set or map: one element of the field's name for each part. */
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

  write(message: Readonly<Fields>, depth: number): string {
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
  private readonly cases: Cases<XmlCase & { readonly tag: Tag }>

  constructor(
    private readonly key: string,
    cases: readonly XmlCase[],
  ) {
    const tagged = cases.map(one => ({ ...one, tag: tagOf(one.name) }))
    this.cases = new Cases(key, tagged)
    this.members = tagged.map(({ name, type, tag }) => ({
      tag,
      repeats: false,
      read(reader, message, depth) {
        const before = message[key] as { readonly case: string } | undefined
        try {
          const value = type.read(reader, depth)
          // An earlier case, not the initial value of the class: `MessageElement` has cleared that.
          if (before !== undefined) throw new Fault(`only one of ${before.case} and ${name} may be set`)
          if (value !== undefined) message[key] = { case: name, value }
        } catch (error) {
          throw within(error, name)
        }
      },
    }))
  }

  write(message: Readonly<Fields>, depth: number): string {
    const value = message[this.key]
    if (value === undefined || value === null) return ''
    const choice = value as Choice
    const one = this.cases.chosenBy(choice)
    try {
      return one.type.write(one.tag, choice.value, depth)
    } catch (error) {
      throw within(error, one.name)
    }
  }
}

/** A field in the start tag of its message. */
export class AttributeField {
  readonly name: string
  private readonly key: string
  private readonly isZero: ((value: unknown) => boolean) | undefined
  private readonly takesNull: boolean

  constructor(
    field: FieldSchema,
    private readonly text: XmlText,
  ) {
    this.key = field.key
    this.name = field.name
    this.isZero = field.presence === 'implicit' ? isLeftOutOf(field.type) : undefined
    this.takesNull = takesNull(field.type)
  }

  /** ` name="value"`, or empty if the field is absent. */
  write(message: Readonly<Fields>): string {
    const value = message[this.key]
    if (value === undefined || (value === null && !this.takesNull) || this.isZero?.(value)) return ''
    try {
      return ` ${this.name}="${escapeAttribute(this.text.write(value))}"`
    } catch (error) {
      throw within(error, this.name)
    }
  }

  read(text: string, message: Fields): void {
    try {
      const value = this.text.read(text)
      if (value !== undefined) message[this.key] = value
    } catch (error) {
      throw within(error, this.name)
    }
  }
}
