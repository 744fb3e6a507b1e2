import { isZeroOf } from '../../codecs/values/presence.js'
import { withDeprecation } from '../../schema/deprecation.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'
import { isThriftKey, thriftFieldName } from './reserved.js'

type EnumName = (name: string) => string

/**
 * A field's initial value as Thrift writes it; undefined if it is the type's zero, or Thrift's IDL has no form for it.
 * @param owner the field's message, if it has a class
 */
export function initialText(field: FieldSchema, enumName: EnumName, owner?: MessageSchema): string | undefined {
  const value = field.makeDefault()
  // The elements that a required container begins with are for senders alone, so that its default has none of them.
  const initial = field.presence === 'required' && owner !== undefined ? propertiesOf(owner)[field.key] : value
  if (initial === undefined || (field.presence !== 'explicit' && isZeroOf(field.type)(initial))) return undefined
  const text = valueText(initial, field.type, enumName)
  return field.presence === 'required' && text === '{}' ? undefined : text
}

function propertiesOf(message: MessageSchema): Readonly<Record<string, unknown>> {
  return message.create() as Readonly<Record<string, unknown>>
}

/** A value as a literal; undefined if Thrift's IDL has none for it. */
export function valueText(value: unknown, type: ValueType, enumName: EnumName): string | undefined {
  switch (type.kind) {
    case 'enum': {
      const member = type.values.find(one => one.value === value)
      if (member === undefined) return undefined
      return type.name === undefined ? String(member.number) : `${enumName(type.name)}.${member.name}`
    }
    case 'scalar':
      return scalarText(value)
    case 'list':
    case 'set': {
      const parts = Array.from(value as Iterable<unknown>, one => valueText(one, type.element, enumName))
      return parts.includes(undefined) ? undefined : `[${parts.join(', ')}]`
    }
    case 'map': {
      const entries = Array.from(value as ReadonlyMap<unknown, unknown>, ([key, one]) =>
        entryText(valueText(key, type.key, enumName), valueText(one, type.value, enumName)),
      )
      return entries.includes(undefined) ? undefined : `{${entries.join(', ')}}`
    }
    case 'message':
      return messageText(value as Readonly<Record<string, unknown>>, type.message, enumName)
    default:
      return undefined
  }
}

function entryText(key: string | undefined, value: string | undefined): string | undefined {
  return key === undefined || value === undefined ? undefined : `${key}: ${value}`
}

/** Its fields that differ from those of a new instance. */
function messageText(
  value: Readonly<Record<string, unknown>>,
  message: MessageSchema,
  enumName: EnumName,
): string | undefined {
  const plain = propertiesOf(message)
  const entries: (string | undefined)[] = []
  for (const { key, name, type } of message.fields) {
    const one = value[key]
    if (one === undefined) continue
    if (type.kind === 'oneof') {
      const { case: chosen, value: held } = one as { readonly case: string; readonly value: unknown }
      const found = type.cases.find(each => each.name === chosen)
      entries.push(found && entryText(quoted(thriftFieldName(chosen)), valueText(held, found.type, enumName)))
      continue
    }
    const text = valueText(one, type, enumName)
    const isPlain = plain[key] === undefined ? isZeroOf(type)(one) : text === valueText(plain[key], type, enumName)
    if (!isPlain) entries.push(entryText(quoted(thriftFieldName(name)), text))
  }
  return entries.includes(undefined) ? undefined : `{${entries.join(', ')}}`
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      return Object.is(value, -0) ? '-0.0' : numberText(value as number)
    default:
      return value instanceof Uint8Array ? bytesText(value) : undefined
  }
}

/** An infinity is written as what overflows to it. Nothing is NaN. */
function numberText(value: number): string | undefined {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? undefined : `${value < 0 ? '-' : ''}1e999`
}

/** A literal of bytes is text. */
function bytesText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? quoted(text) : undefined
}

/** Annotations behind a declaration, with a space before them. Those that Thrift's IDL has no form for are left out. */
export function annotationsText(declared: Parameters<typeof withDeprecation>[0]): string {
  const parts = Object.entries(withDeprecation(declared, bareAnnotation) ?? {}).flatMap(([key, value]) => {
    const text = quoted(typeof value === 'string' ? value : JSON.stringify(value))
    return text === undefined || !isThriftKey(key) ? [] : [`${key} = ${text}`]
  })
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

/** The value of an annotation without one: `(deprecated)`. */
export const bareAnnotation = '1'

/** Thrift's literals know few escapes, and none for other control characters. */
function quoted(text: string): string | undefined {
  if (/[^\P{Cc}\t\n\r]/u.test(text)) return undefined
  const escaped = text.replace(/["\\\n\r\t]/g, one => escapes[one] as string)
  return `"${escaped}"`
}

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
