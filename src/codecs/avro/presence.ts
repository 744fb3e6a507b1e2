import type { FieldSchema } from '../../schema/message.js'
import type { EnumType, MapType, ValueType } from '../../schema/type.js'
import { branchFinder } from '../../schema/union.js'
import { isZeroOf } from '../values/presence.js'
import { refinedToJson } from './refined.js'

/**
 * Whether a field is a union with null in Avro: it may be absent, and its default cannot express that. An empty `uuid` counts as absent
 * too, since strict peers refuse it. Arguments and replies are nullable only if they may be absent.
 */
export function isNullable(field: FieldSchema): boolean {
  if (field.presence === 'required' || field.alwaysPresent === true) return false
  if (field.type.kind === 'scalar' && field.type.name === 'uuid' && field.makeDefault() === '') return true
  return defaultJson(field) === undefined
}

/** The `default` of a field that is not a union: its zero, or its initial value in the class; undefined if JSON cannot express it. */
export function defaultJson(field: FieldSchema): unknown {
  if (field.presence === 'required') return undefined
  const value = field.makeDefault()
  return value === undefined ? undefined : jsonOf(value, field.type)
}

/** Whether a map is an Avro map, whose keys are text. Any other map is an array of entries. */
export function hasTextKeys({ key }: MapType): boolean {
  return key.kind === 'scalar' && key.name === 'string' && key.refined === undefined
}

function jsonOf(value: unknown, type: ValueType): unknown {
  switch (type.kind) {
    case 'scalar':
      return type.refined === undefined ? scalarJson(value, type.name) : refinedToJson(value, type.refined)
    case 'enum':
      return symbolOf(value, type)
    case 'list':
    case 'set':
      return isZeroOf(type)(value) ? [] : undefined
    case 'map':
      return isZeroOf(type)(value) ? (hasTextKeys(type) ? {} : []) : undefined
    case 'union': {
      // Avro: the default is a value of the first branch.
      const [first] = type.branches as [ValueType]
      return branchFinder(type)(value) === 0 ? jsonOf(value, first) : undefined
    }
    default:
      return undefined
  }
}

function scalarJson(value: unknown, name: string): unknown {
  if (name === 'uint64' || name === 'fixed64') return value === 0n ? '\u0000' : undefined
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime()
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

function symbolOf(value: unknown, type: EnumType): string | undefined {
  return type.values.find(one => one.value === value)?.name
}
