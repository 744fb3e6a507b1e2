import type { InitialModel, TypeModel } from '../model.js'
import { type EnumXml, fieldNameOf, type StructXml, type TypeXml, type ValueXml } from './document.js'

/** What a default or a constant can refer to. */
export interface ThriftTypes {
  typeOf(type: TypeXml): TypeModel
  enumOf(fullName: string): EnumXml | undefined
  structOf(fullName: string): StructXml | undefined
}

/** The value of a default or a constant; undefined for one that does not fit its type. */
export function initialOf(value: ValueXml, type: TypeModel, types: ThriftTypes): InitialModel | undefined {
  const entries = (value.list ?? value.set ?? value.map)?.entry
  switch (type.kind) {
    case 'scalar':
      return scalarOf(value, type.name)
    case 'list':
    case 'set': {
      const elements = entries?.map(one => initialOf(one, type.element, types))
      return elements?.includes(undefined) ? undefined : (elements as InitialModel[] | undefined)
    }
    case 'map': {
      const map = new Map<InitialModel, InitialModel>()
      for (const one of entries ?? []) {
        const key = one.key && initialOf(one.key, type.key, types)
        const held = one.value && initialOf(one.value, type.value, types)
        if (key === undefined || held === undefined) return undefined
        map.set(key, held)
      }
      return entries && map
    }
    case 'named':
      return structOf(value, type.name, types) ?? memberOf(value, types.enumOf(type.name))
    default:
      return undefined
  }
}

function memberOf({ int }: ValueXml, type: EnumXml | undefined): string | undefined {
  return type?.member.find(one => one.value === int)?.name
}

/** A struct, an exception or a union: a map from the names of fields. */
function structOf({ map }: ValueXml, name: string, types: ThriftTypes): InitialModel | undefined {
  const struct = types.structOf(name)
  if (struct === undefined || map === undefined) return undefined
  const fields = new Map<InitialModel, InitialModel>()
  for (const { key, value } of map.entry) {
    const field = struct.field.find(one => one.name === key?.string)
    const held = field && value && initialOf(value, types.typeOf(field), types)
    if (field === undefined || held === undefined) return undefined
    fields.set(fieldNameOf(field), held)
  }
  return fields
}

function scalarOf({ int, double, string: text }: ValueXml, name: string): InitialModel | undefined {
  if (text !== undefined) return name === 'bytes' ? new Uint8Array(Buffer.from(text)) : text
  const number = int ?? double
  if (number === undefined) return undefined
  if (name === 'bool') return number !== '0'
  return name === 'int64' ? BigInt(number) : (beyondNumbers[number] ?? Number(number))
}

/** What the compiler prints of a literal that is larger than any double, such as `1e400`. */
const beyondNumbers: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}
