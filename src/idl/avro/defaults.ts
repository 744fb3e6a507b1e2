import { isDeepStrictEqual } from 'node:util'
import { refinedFromJson, uint64Refinement } from '../../codecs/avro/refined.js'
import { isObject } from '../../codecs/values/fault.js'
import type { FieldModel, InitialModel, MessageModel, OneOfModel, TypeModel } from '../model.js'
import type { Json } from './json.js'

/** What a default can refer to. */
export interface AvroTypes {
  /** The symbols of an enum, by its full name. */
  symbolsOf(name: string): readonly string[]
  messageOf(name: string): MessageModel | undefined
}

/** The value of a default; undefined for one that classes cannot have. */
export function defaultOf(json: unknown, type: TypeModel, types: AvroTypes): InitialModel | undefined {
  switch (type.kind) {
    case 'list':
    case 'set': {
      const elements = Array.isArray(json) ? json.map(one => defaultOf(one, type.element, types)) : [undefined]
      return elements.includes(undefined) ? undefined : (elements as InitialModel[])
    }
    case 'map':
      return mapOf(json, type, types)
    case 'named': {
      const message = types.messageOf(type.name)
      if (message !== undefined) return isObject(json) ? recordOf(json, message, types) : undefined
      return typeof json === 'string' && types.symbolsOf(type.name).includes(json) ? json : undefined
    }
    case 'union':
      // Avro: the default is a value of the first branch.
      if (type.isNullable) return json === null ? null : undefined
      return defaultOf(json, type.branches[0] as TypeModel, types)
    case 'scalar':
      return type.refined === undefined ? scalarOf(json, type.name) : refinedFromJson(json, type.refined)
  }
}

/** Whether it is what an absent field has without a default. */
export function isZero(value: InitialModel, type: TypeModel, types: AvroTypes): boolean {
  switch (type.kind) {
    case 'list':
    case 'set':
      return Array.isArray(value) && value.length === 0
    case 'map':
      return value instanceof Map && value.size === 0
    case 'named':
      return value === types.symbolsOf(type.name)[0]
    case 'union':
      return false
    case 'scalar':
      if (type.refined !== undefined || type.name === 'timestamp') return false
      return Object.is(value, 0) || value === 0n || value === '' || value === false || isEmpty(value)
  }
}

function isEmpty(value: InitialModel): boolean {
  return value instanceof Uint8Array && value.length === 0
}

function mapOf(json: unknown, type: TypeModel & { kind: 'map' }, types: AvroTypes): InitialModel | undefined {
  const entries = entriesOf(json, type).map(([key, value]) => [
    defaultOf(key, type.key, types),
    defaultOf(value, type.value, types),
  ])
  return entries.flat().includes(undefined) ? undefined : new Map(entries as [InitialModel, InitialModel][])
}

/** As the Avro codec writes them: only a map with texts as keys is one in Avro. */
function entriesOf(json: unknown, { key }: TypeModel & { kind: 'map' }): (readonly [unknown, unknown])[] {
  if (key.kind === 'scalar' && key.name === 'string' && key.refined === undefined)
    return isObject(json) ? Object.entries(json) : [[undefined, json]]
  if (!Array.isArray(json)) return [[undefined, json]]
  return json.map((one): [unknown, unknown] => (isObject(one) ? [one.key, one.value] : [undefined, one]))
}

/** The fields that differ from those of a new instance, by name. */
function recordOf(json: Json, message: MessageModel, types: AvroTypes): InitialModel | undefined {
  const values = new Map<InitialModel, InitialModel>()
  for (const [name, one] of Object.entries(json)) {
    const field = message.fields.find(each => each.name === name)
    if (field === undefined) return undefined
    if (one === null && isAbsentAtFirst(field)) continue
    // Of a union with null the default is the null.
    const value =
      field.kind === 'oneof' || isAbsentAtFirst(field) || one === null ? undefined : defaultOf(one, field.type, types)
    if (field.kind === 'oneof' || value === undefined) return undefined
    const { initial, type } = field
    const isOwn = initial === undefined ? isZero(value, type, types) : isDeepStrictEqual(value, initial)
    if (!isOwn) values.set(name, value)
  }
  return values
}

function isAbsentAtFirst(field: FieldModel | OneOfModel): boolean {
  return field.kind === 'oneof' || (field.presence === 'optional' && field.initial === undefined)
}

function scalarOf(json: unknown, name: string): InitialModel | undefined {
  switch (name) {
    case 'int64':
      return Number.isSafeInteger(json) ? BigInt(json as number) : undefined
    case 'uint64': {
      const digits = refinedFromJson(json, uint64Refinement)
      return digits === undefined || digits < '0' ? undefined : BigInt(digits as string)
    }
    case 'timestamp':
      return Number.isSafeInteger(json) ? new Date(json as number) : undefined
    case 'bytes':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'latin1')) : undefined
    case 'int32':
      return Number.isInteger(json) ? (json as number) : undefined
    case 'bool':
      return typeof json === 'boolean' ? json : undefined
    case 'string':
    case 'uuid':
      return typeof json === 'string' ? json : undefined
    default:
      return typeof json === 'number' ? json : undefined
  }
}
