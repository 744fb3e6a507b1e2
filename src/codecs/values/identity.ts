import type { MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'

/** A text that two values of a type share exactly if they are equal, field for field and element for element. */
export type Identity = (value: unknown) => string

/**
 * How to tell whether two keys of a map, or elements of a set, are equal. Undefined for numbers, texts and other values that JavaScript
 * itself compares by value.
 */
export function identityOf(type: ValueType): Identity | undefined {
  switch (type.kind) {
    case 'enum':
      return undefined
    case 'scalar':
      return objects.has(type.name) ? plainText : undefined
    default:
      return textOf(type)
  }
}

/** Scalars whose values are objects. */
const objects: ReadonlySet<string> = new Set(['bytes', 'timestamp', 'struct', 'value', 'listValue', 'fieldMask'])

/** Every text tells where it ends, so that texts can follow each other. */
function textOf(type: ValueType): Identity {
  switch (type.kind) {
    case 'message':
      return messageText(type.message)
    case 'list': {
      const element = textOf(type.element)
      return value => collected(Array.from(value as Iterable<unknown>, element))
    }
    case 'set': {
      const element = textOf(type.element)
      return value => collected(Array.from(value as Iterable<unknown>, element).sort())
    }
    case 'map': {
      const [key, entry] = [textOf(type.key), textOf(type.value)]
      return value =>
        collected(Array.from(value as ReadonlyMap<unknown, unknown>, ([name, one]) => key(name) + entry(one)).sort())
    }
    case 'oneof': {
      const cases = new Map(type.cases.map(one => [one.name, textOf(one.type)]))
      return choice => {
        const { case: name, value } = choice as { readonly case: string; readonly value: unknown }
        return plainText(name) + (cases.get(name) ?? plainText)(value)
      }
    }
    default:
      return plainText
  }
}

const messages = new WeakMap<MessageSchema, Identity>()

function messageText(schema: MessageSchema): Identity {
  const known = messages.get(schema)
  if (known !== undefined) return known
  let fields:
    | readonly { readonly key: string; readonly makeDefault: () => unknown; readonly text: Identity }[]
    | undefined
  const identity = (message: unknown): string => {
    // Not before, because messages may be recursive.
    fields ??= schema.fields.map(({ key, type, makeDefault }) => ({ key, makeDefault, text: textOf(type) }))
    let text = ''
    for (const { key, makeDefault, text: textOfField } of fields) {
      const given = (message as Readonly<Record<string, unknown>>)[key]
      const value = given === undefined ? makeDefault() : given
      text += value === undefined ? '-' : value === null ? '0' : textOfField(value)
    }
    return text
  }
  messages.set(schema, identity)
  return identity
}

function collected(texts: readonly string[]): string {
  return `${texts.length}[${texts.join('')}`
}

/** Of a scalar, a value of JSON included. */
function plainText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${value.length}"${value}`
    case 'object':
      if (value === null) break
      if (value instanceof Date) return `@${value.getTime()};`
      if (value instanceof Uint8Array)
        return `${value.length}'${Buffer.prototype.latin1Slice.call(value, 0, value.length)}`
      if (Array.isArray(value)) return collected(value.map(plainText))
      return collected(
        Object.entries(value)
          .map(([name, one]) => plainText(name) + plainText(one))
          .sort(),
      )
  }
  return `${String(value)};`
}
