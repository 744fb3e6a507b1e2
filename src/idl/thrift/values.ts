import { isZeroOf } from '../../codecs/values/presence.js'
import type { FieldSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'

/** A field's initial value as Thrift writes it; undefined if it is the type's zero, or Thrift's IDL has no form for it. */
export function initialText(field: FieldSchema, enumName: (name: string) => string): string | undefined {
  const value = field.makeDefault()
  if (value === undefined || (field.presence !== 'explicit' && isZeroOf(field.type)(value))) return undefined
  return valueText(value, field.type, enumName)
}

function valueText(value: unknown, type: ValueType, enumName: (name: string) => string): string | undefined {
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
    default:
      return undefined
  }
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : undefined
    default:
      return undefined
  }
}

/** Thrift's literals know few escapes, and none for other control characters. */
function quoted(text: string): string | undefined {
  if (/[^\P{Cc}\t\n\r]/u.test(text)) return undefined
  const escaped = text.replace(/["\\\n\r\t]/g, one => escapes[one] as string)
  return `"${escaped}"`
}

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
