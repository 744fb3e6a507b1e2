import type { MessageSchema } from '../../schema/message.js'
import { Fault, isOverLimit, keyStep, mismatch, within } from '../values/fault.js'
import type { Identity } from '../values/identity.js'
import type { Tag, XmlReader } from './reader.js'
import type { XmlText } from './scalars.js'
import { escapeText } from './text.js'

/** Writes and reads the values of one type as an element. Both throw Faults. `depth` counts the messages around the value. */
export interface XmlType {
  /** The whole element. */
  write(tag: Tag, value: unknown, depth: number): string
  /**
   * Reads from after the start tag to after the end tag.
   * @returns undefined for a value that counts as absent: an enum's member that this reader does not have
   */
  read(reader: XmlReader, depth: number): unknown
}

export function tagOf(name: string): Tag {
  return Object.freeze({ name, open: `<${name}`, start: `<${name}>`, end: `</${name}>` })
}

/** An element that holds text: a scalar or an enum. */
export class TextElement implements XmlType {
  constructor(private readonly text: XmlText) {}

  write(tag: Tag, value: unknown): string {
    const text = this.text.write(value)
    return text === '' ? `${tag.open}/>` : tag.start + escapeText(text) + tag.end
  }

  read(reader: XmlReader): unknown {
    return this.text.read(reader.text(this.text.expected))
  }
}

/** A message's name without its package. */
export function rootName({ name }: MessageSchema): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

export const itemTag = /* @__PURE__ */ tagOf('item')
export const entryTag = /* @__PURE__ */ tagOf('entry')
export const keyTag = /* @__PURE__ */ tagOf('key')
export const valueTag = /* @__PURE__ */ tagOf('value')

/** A list, set or map. Each part is an element. */
export interface Collection {
  /** In Faults: `list (an Array)`. */
  readonly expected: string
  /** The tag of a part in a collection that has an element of its own. */
  readonly tag: Tag
  /** The parts; undefined if the value is not such a collection. */
  parts(value: unknown): Iterable<unknown> | undefined
  /** The step of a part in the path of a Fault. */
  stepOf(part: unknown, index: number): string
  writePart(tag: Tag, part: unknown, depth: number): string
  create(): unknown
  /** Reads a part from after its start tag, and adds it. */
  readPart(reader: XmlReader, into: unknown, depth: number): void
}

export interface ElementsOf {
  readonly type: XmlType
  /** How much of `limits.values` one element takes. */
  readonly cost: number
  /** `limits.values` */
  readonly limit: number
}

export function listOfElements({ type, cost, limit }: ElementsOf): Collection {
  return {
    expected: 'list (an Array)',
    tag: itemTag,
    parts: value => (Array.isArray(value) ? value : undefined),
    stepOf: (_part, index) => `[${index}]`,
    writePart: (tag, part, depth) => type.write(tag, part, depth),
    create: () => [],
    readPart(reader, into, depth) {
      const list = into as unknown[]
      try {
        reader.values.take(cost, limit)
        const element = type.read(reader, depth)
        if (element !== undefined) list.push(element)
      } catch (error) {
        throw within(error, `[${list.length}]`)
      }
    },
  }
}

/** Duplicates are dropped. @param identity of elements that are objects */
export function setOfElements(elements: ElementsOf, identity: Identity | undefined): Collection {
  const { type, cost, limit } = elements
  const list = listOfElements(elements)
  return {
    ...list,
    expected: 'set (a Set)',
    parts: value => (value instanceof Set ? value : undefined),
    create: () => new Set(),
    readPart(reader, into, depth) {
      const set = into as Set<unknown>
      try {
        reader.values.take(cost, limit)
        const element = type.read(reader, depth)
        if (element === undefined) return
        set.add(identity === undefined ? element : reader.values.first(set, element, identity, limit))
        reader.values.added(set, element)
      } catch (error) {
        throw within(error, `[${set.size}]`)
      }
    },
  }
}

interface EntriesOf {
  readonly key: XmlType
  readonly value: XmlType
  /** Of keys that are objects. */
  readonly identity: Identity | undefined
  /** `limits.values` */
  readonly limit: number
}

/** Each entry is an element with a `key` and a `value`. */
export function mapOfElements({ key: keyType, value: type, identity, limit }: EntriesOf): Collection {
  return {
    expected: 'map (a Map)',
    tag: entryTag,
    parts: value => (value instanceof Map ? value : undefined),
    stepOf: part => keyStep((part as [unknown, unknown])[0]),
    writePart(tag, part, depth) {
      const [key, value] = part as [unknown, unknown]
      return tag.start + keyType.write(keyTag, key, depth) + type.write(valueTag, value, depth) + tag.end
    },
    create: () => new Map(),
    readPart(reader, into, depth) {
      reader.values.take(1, limit)
      let key: unknown
      let value: unknown
      let parts = 0
      while (reader.child()) {
        const isKey = reader.name === keyTag.name
        if (!reader.isKnown || !(isKey || reader.name === valueTag.name)) reader.skip()
        else {
          const part = isKey ? 1 : 2
          if ((parts & part) !== 0) throw new Fault(`an entry with two of ${reader.name}`)
          parts |= part
          try {
            if (isKey) key = keyType.read(reader, depth)
            else value = type.read(reader, depth)
          } catch (error) {
            throw isKey ? error : within(error, keyStep(key ?? ''))
          }
        }
      }
      if (parts !== 3) throw new Fault('an entry without a key or a value')
      if (key === undefined || value === undefined) return
      const map = into as Map<unknown, unknown>
      map.set(identity === undefined ? key : reader.values.first(map, key, identity, limit), value)
      reader.values.added(map, key)
    },
  }
}

/** The parts of a collection, one element each. */
export function writeParts(collection: Collection, tag: Tag, { value, depth }: Written): string {
  const parts = collection.parts(value)
  if (parts === undefined) throw mismatch(collection.expected, value)
  let text = ''
  let index = 0
  for (const part of parts) {
    try {
      text += collection.writePart(tag, part, depth)
    } catch (error) {
      throw within(error, collection.stepOf(part, index))
    }
    index++
  }
  return text
}

export interface Written {
  readonly value: unknown
  readonly depth: number
}

/** A collection with an element of its own: one within another collection, or one that may be empty or absent. */
export class WrappedCollection implements XmlType {
  constructor(private readonly collection: Collection) {}

  write(tag: Tag, value: unknown, depth: number): string {
    const parts = writeParts(this.collection, this.collection.tag, { value, depth })
    return parts === '' ? `${tag.open}/>` : tag.start + parts + tag.end
  }

  read(reader: XmlReader, depth: number): unknown {
    const { collection } = this
    const made = collection.create()
    while (reader.child()) {
      if (reader.isKnown && reader.name === collection.tag.name) collection.readPart(reader, made, depth)
      else reader.skip()
    }
    return made
  }
}

/** The value of a field with a `@Transform`: of the field's type if it fits, else its text. */
export function looseElement(type: XmlType): XmlType {
  return {
    write(tag, value, depth) {
      try {
        return type.write(tag, value, depth)
      } catch (error) {
        const text = error instanceof Fault ? plainText(value) : undefined
        if (text === undefined || !text.isWellFormed()) throw error
        return tag.start + escapeText(text) + tag.end
      }
    },
    read(reader, depth) {
      const mark = reader.mark()
      try {
        const value = type.read(reader, depth)
        if (value !== undefined) return value
      } catch (error) {
        if (!(error instanceof Fault) || isOverLimit(error)) throw error
      }
      reader.reset(mark)
      return reader.text('text')
    },
  }
}

function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined
}
