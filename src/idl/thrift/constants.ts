import type { ConstantModel, TypeModel } from '../model.js'
import { quoted } from '../typescript/text.js'
import type { ConstXml, EntryXml, TypeXml, ValueXml } from './document.js'

/** A constant in TypeScript; undefined if it is of another kind than those that have a literal. */
export function constantOf(
  constant: ConstXml,
  typeOf: (type: TypeXml) => TypeModel,
): Pick<ConstantModel, 'type' | 'value'> | undefined {
  const type = typeOf(constant)
  const value = literal(constant, type)
  if (value === undefined) return undefined
  return type.kind === 'scalar' ? { value } : { type: typeText(type), value }
}

type Values = Pick<ValueXml, 'int' | 'double' | 'string' | 'list' | 'set' | 'map'> | EntryXml

function literal(value: Values, type: TypeModel): string | undefined {
  switch (type.kind) {
    case 'scalar':
      return scalar(value, type.name)
    case 'list':
    case 'set': {
      const { element } = type
      const entries = ('list' in value ? (value.list ?? value.set) : undefined)?.entry ?? []
      const parts = entries.map(one => literal(one, element))
      if (parts.includes(undefined)) return undefined
      return type.kind === 'list' ? `[${parts.join(', ')}]` : `new Set([${parts.join(', ')}])`
    }
    case 'map': {
      const entries = ('map' in value ? value.map : undefined)?.entry ?? []
      const parts = entries.map(one => [literal(one.key ?? one, type.key), literal(one.value ?? one, type.value)])
      if (parts.flat().includes(undefined)) return undefined
      return `new Map([${parts.map(([key, of]) => `[${key}, ${of}]`).join(', ')}])`
    }
    default:
      return undefined
  }
}

function scalar({ int, double, string }: Values, name: string): string | undefined {
  if (string !== undefined) return name === 'bytes' ? undefined : quoted(string)
  const number = int ?? double
  if (number === undefined) return undefined
  if (name === 'bool') return String(number !== '0')
  return name === 'int64' ? `${number}n` : number
}

function typeText(type: TypeModel): string {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'string' || type.name === 'uuid'
        ? 'string'
        : type.name === 'bool'
          ? 'boolean'
          : type.name === 'int64'
            ? 'bigint'
            : 'number'
    case 'list':
      return `readonly ${typeText(type.element)}[]`
    case 'set':
      return `ReadonlySet<${typeText(type.element)}>`
    case 'map':
      return `ReadonlyMap<${typeText(type.key)}, ${typeText(type.value)}>`
    default:
      return 'unknown'
  }
}
