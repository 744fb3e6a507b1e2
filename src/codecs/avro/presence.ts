import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { EnumType, MapType, ValueType } from '../../schema/type.js'
import { branchFinder } from '../../schema/union.js'
import { refinedToJson, uint64Refinement } from './refined.js'

/**
 * The place of null in the union of a field. It is the first if the field may be absent and its default cannot express that, and the last if
 * the field is `optional(...)` and has another default, which stands for the first branch; `nullAt` says otherwise. Undefined: the field is
 * not a union with null. An empty `uuid` counts as absent too, since strict peers refuse it. Arguments and replies have null only if they
 * may be absent.
 */
export function nullIn(field: FieldSchema): number | undefined {
  const { presence, alwaysPresent, isOptional, type, nullAt } = field
  if (presence === 'required' || alwaysPresent === true) return undefined
  const count = type.kind === 'union' ? type.branches.length : 1
  const isEmptyId = type.kind === 'scalar' && type.name === 'uuid' && field.makeDefault() === ''
  if (isEmptyId || defaultJson(field) === undefined) return Math.min(nullAt ?? 0, count)
  return isOptional ? Math.min(nullAt || count, count) : undefined
}

/** Whether null means absent although the field has another default. */
export function hasNullBesides(field: FieldSchema): boolean {
  return nullIn(field) !== undefined && field.isOptional === true && defaultJson(field) !== undefined
}

/** By field: a default can be a message whose fields have defaults of their own. */
const defaults = /* @__PURE__ */ new WeakMap<FieldSchema, { readonly json: unknown }>()

/** The `default` of a field: its zero, or its initial value in the class; undefined if JSON cannot express it. */
export function defaultJson(field: FieldSchema): unknown {
  if (field.presence === 'required') return undefined
  let found = defaults.get(field)
  if (found === undefined) {
    const value = field.makeDefault()
    found = { json: value === undefined ? undefined : jsonOf(value, field.type) }
    defaults.set(field, found)
  }
  return found.json
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
      return listJson(Array.from(value as Iterable<unknown>, one => jsonOf(one, type.element)))
    case 'map':
      return mapJson(value as ReadonlyMap<unknown, unknown>, type)
    case 'union': {
      // Avro: the default is a value of the first branch.
      if (type.isNullable) return value === null ? null : undefined
      const [first] = type.branches as [ValueType]
      return branchFinder(type)(value) === 0 ? jsonOf(value, first) : undefined
    }
    case 'message':
      return messageJson(value as Readonly<Record<string, unknown>>, type.message)
    default:
      return undefined
  }
}

function listJson(elements: readonly unknown[]): readonly unknown[] | undefined {
  return elements.includes(undefined) ? undefined : elements
}

function mapJson(map: ReadonlyMap<unknown, unknown>, type: MapType): unknown {
  const entries = Array.from(map, ([key, value]) => ({ key: jsonOf(key, type.key), value: jsonOf(value, type.value) }))
  if (entries.some(({ key, value }) => key === undefined || value === undefined)) return undefined
  return hasTextKeys(type) ? Object.fromEntries(entries.map(({ key, value }) => [key, value])) : entries
}

/** A record with all its fields, since some readers fill in none. */
function messageJson(message: Readonly<Record<string, unknown>>, { fields }: MessageSchema): object | undefined {
  const entries = fields.map((field): [string, unknown] => [field.name, fieldJson(message[field.key], field)])
  return entries.some(([, json]) => json === undefined) ? undefined : Object.fromEntries(entries)
}

function fieldJson(value: unknown, field: FieldSchema): unknown {
  const own = value ?? field.makeDefault()
  // Of a union with null the default is the null.
  const isNullFirst = field.type.kind === 'oneof' || nullIn(field) === 0
  if (isNullFirst) return own === undefined || own === '' ? null : undefined
  return own === undefined ? undefined : jsonOf(own, field.type)
}

function scalarJson(value: unknown, name: string): unknown {
  if (name === 'uint64' || name === 'fixed64') return refinedToJson(String(value), uint64Refinement)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime()
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

function symbolOf(value: unknown, type: EnumType): string | undefined {
  return type.values.find(one => one.value === value)?.name
}
