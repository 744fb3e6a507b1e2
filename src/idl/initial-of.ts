import { isDeepStrictEqual } from 'node:util'
import type { JsonValue } from '../schema/json-value.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { ScalarName, ValueType } from '../schema/type.js'
import { branchFinder } from '../schema/union.js'
import type { InitialModel, OneOfModel } from './model.js'
import { Refusal } from './refusal.js'

/**
 * Undefined for the value that a field has without a default.
 * @param where the full name of the field @throws Refusal for a default that no literal has
 */
export function initialOf({ presence, type, makeDefault }: FieldSchema, where: string): InitialModel | undefined {
  const value = makeDefault()
  // A required one begins with some value of its type, which no reader sees.
  if (presence === 'implicit' || value === undefined || (presence === 'required' && isStart(value, type)))
    return undefined
  return literalOf(value, type, where)
}

/** The default of a oneOf; undefined if it has none. @throws Refusal for one that no literal has */
export function chosenOf({ type, makeDefault }: FieldSchema, where: string): OneOfModel['initial'] {
  const chosen = makeDefault() as { readonly case: string; readonly value: unknown } | undefined
  const found = type.kind === 'oneof' ? type.cases.find(one => one.name === chosen?.case) : undefined
  return chosen && found && { case: chosen.case, value: literalOf(chosen.value, found.type, where) }
}

/** @param where the full name of the constant or the field @throws Refusal for a value that no literal has */
export function literalOf(value: unknown, type: ValueType, where: string): InitialModel {
  const initial = initialModel(value, type)
  if (initial !== undefined) return initial
  throw new Refusal(where, 'its value', 'it is not of its type, so that no literal has it')
}

/** Undefined for a value that is not of its type. */
function initialModel(value: unknown, type: ValueType): InitialModel | undefined {
  switch (type.kind) {
    case 'list':
    case 'set':
      return complete(Array.from(value as Iterable<unknown>, one => initialModel(one, type.element)))
    case 'map': {
      const entries = Array.from(value as ReadonlyMap<unknown, unknown>, ([key, one]) =>
        complete([initialModel(key, type.key), initialModel(one, type.value)]),
      )
      return complete(entries) && new Map(entries as unknown as [InitialModel, InitialModel][])
    }
    case 'enum':
      return type.values.find(one => one.value === value)?.name
    case 'message':
      return instance(value as Readonly<Record<string, unknown>>, type.message)
    case 'union': {
      if (value === null) return null
      const branch = branchFinder(type)(value)
      const of = type.branches[branch]
      const initial = of && initialModel(value, of)
      return branch === 0 || initial === undefined ? initial : { branch, value: initial }
    }
    case 'oneof':
      return undefined
    case 'scalar':
      if (isSingle(value)) return value
      return isOfJson(type.name) && isJson(value) ? { json: value } : undefined
  }
}

/** The fields that differ from those of a new instance, by name. */
function instance(
  value: Readonly<Record<string, unknown>>,
  { create, fields }: MessageSchema,
): InitialModel | undefined {
  const fresh = create() as Readonly<Record<string, unknown>>
  const values = new Map<InitialModel, InitialModel>()
  for (const { key, name, type } of fields) {
    const own = value[key]
    if (own === undefined || isDeepStrictEqual(own, fresh[key])) continue
    const chosen = own as { readonly case?: string; readonly value?: unknown }
    const found = type.kind === 'oneof' ? type.cases.find(one => one.name === chosen.case) : undefined
    const initial = found === undefined ? initialModel(own, type) : initialModel(chosen.value, found.type)
    if (initial === undefined) return undefined
    values.set(found?.name ?? name, initial)
  }
  return values
}

/** Whether it is what the generated class of a required field begins with. */
function isStart(value: unknown, type: ValueType): boolean {
  if (type.kind === 'scalar' && type.refined !== undefined) return true
  if (value instanceof Date) return value.getTime() === 0
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0
  if (value instanceof Set || value instanceof Map) return value.size === 0
  if (type.kind === 'enum') return value === (type.byNumber.get(0) ?? type.values[0])?.value
  return value === '' || value === false || value === 0n || Object.is(value, 0)
}

function isSingle(value: unknown): value is InitialModel {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || isObjectOfOne(value)
}

function isOfJson(name: ScalarName): boolean {
  return name === 'struct' || name === 'value' || name === 'listValue' || name === 'fieldMask'
}

function isJson(value: unknown): value is JsonValue {
  if (Array.isArray(value)) return value.every(isJson)
  if (typeof value === 'object' && value !== null) return isPlain(value) && Object.values(value).every(isJson)
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function isObjectOfOne(value: unknown): boolean {
  return value instanceof Uint8Array || (value instanceof Date && !Number.isNaN(value.getTime()))
}

/** Undefined if one of them is. */
function complete(values: readonly (InitialModel | undefined)[]): readonly InitialModel[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly InitialModel[])
}
