import { isDeepStrictEqual } from 'node:util'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { ValueType } from '../schema/type.js'
import { branchFinder } from '../schema/union.js'
import type { InitialModel } from './model.js'

/** Undefined for the value that a field has without a default. */
export function initialOf({ presence, type, makeDefault }: FieldSchema): InitialModel | undefined {
  const value = makeDefault()
  // A required one begins with some value of its type, which no reader sees.
  if (presence === 'implicit' || value === undefined || (presence === 'required' && isStart(value, type)))
    return undefined
  return initialModel(value, type)
}

/** Undefined for a value that no interface definition expresses. */
export function initialModel(value: unknown, type: ValueType): InitialModel | undefined {
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
    case 'union':
      if (value === null) return null
      // A default is a value of the first type.
      return branchFinder(type)(value) === 0 ? initialModel(value, type.branches[0] as ValueType) : undefined
    case 'oneof':
      return undefined
    case 'scalar':
      return isSingle(value) ? value : undefined
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

function isObjectOfOne(value: unknown): boolean {
  return value instanceof Uint8Array || (value instanceof Date && !Number.isNaN(value.getTime()))
}

/** Undefined if one of them is. */
function complete(values: readonly (InitialModel | undefined)[]): readonly InitialModel[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly InitialModel[])
}
