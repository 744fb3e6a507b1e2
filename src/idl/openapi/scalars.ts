import { isObject } from '../../codecs/values/fault.js'
import { maskOfCamel } from '../../codecs/values/well-known.js'
import type { JsonObject, JsonValue } from '../../schema/json-value.js'
import type { InitialModel, TypeModel } from '../model.js'
import type { MergedSchema } from './merge.js'

export type ScalarModel = TypeModel & { readonly kind: 'scalar' }

export function scalar(name: ScalarModel['name']): ScalarModel {
  return { kind: 'scalar', name }
}

const integers = [
  ['int8', -128, 127],
  ['int16', -32_768, 32_767],
  ['int32', -(2 ** 31), 2 ** 31 - 1],
  ['uint32', 0, 2 ** 32 - 1],
] as const

/**
 * The type of whole numbers. JSON has numbers of up to 53 bits, so that what does not fit in 32 is a double: an int64 is a string in
 * polywire's JSON, which other parties would not read.
 */
export function integerOf(schema: MergedSchema): ScalarModel {
  const [min, max] = ['minimum', 'maximum'].map(name => schema.keywords.get(name)?.json)
  const exact = integers.find(one => one[1] === min && one[2] === max)
  if (exact !== undefined) return scalar(exact[0])
  const format = schema.keywords.get('format')?.json
  const known = integers.find(([name]) => name === format)
  if (known !== undefined) return scalar(known[0])
  if (format !== undefined || typeof min !== 'number' || typeof max !== 'number') return scalar('double')
  const fitting = integers.slice(2).find(one => min >= one[1] && max <= one[2])
  return scalar(fitting?.[0] ?? 'double')
}

export function numberOf(schema: MergedSchema): ScalarModel {
  return scalar(schema.keywords.get('format')?.json === 'float' ? 'float' : 'double')
}

/** Strings of these formats have another type in classes. */
const formats: ReadonlyMap<unknown, ScalarModel> = new Map([
  ['date-time', scalar('timestamp')],
  ['date', { kind: 'scalar', name: 'string', refined: { kind: 'date' } }],
  ['byte', scalar('bytes')],
  ['int64', scalar('int64')],
  ['uint64', scalar('uint64')],
  ['uuid', scalar('uuid')],
])

export function stringOf({ keywords }: MergedSchema): ScalarModel {
  if (keywords.get('contentEncoding')?.json === 'base64') return scalar('bytes')
  return formats.get(keywords.get('format')?.json) ?? scalar('string')
}

/** The value of a `default`; undefined for one that does not fit its type. */
export function scalarInitial(json: unknown, { name, refined }: ScalarModel): InitialModel | undefined {
  switch (name) {
    case 'bool':
      return typeof json === 'boolean' ? json : undefined
    case 'string':
    case 'uuid':
      return typeof json === 'string' ? json : undefined
    case 'bytes':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : undefined
    case 'timestamp': {
      if (refined !== undefined) return typeof json === 'string' ? json : undefined
      const date = new Date(typeof json === 'string' ? json : '')
      return Number.isNaN(date.getTime()) ? undefined : date
    }
    case 'double':
    case 'float':
      if (typeof json === 'string') return /^(?:NaN|-?Infinity)$/.test(json) ? Number(json) : undefined
      return typeof json === 'number' ? json : undefined
    case 'struct':
      return isObject(json) ? { json: json as JsonObject } : undefined
    case 'listValue':
      return Array.isArray(json) ? { json: json as JsonValue[] } : undefined
    case 'fieldMask':
      return typeof json === 'string' && !json.includes('_') ? { json: maskOfCamel(json) } : undefined
    case 'value':
      return typeof json === 'object' && json !== null ? { json: json as JsonValue } : (json as InitialModel)
    case 'duration':
      return typeof json === 'string' && /^-?\d+(?:\.\d+)?s$/.test(json) ? Number(json.slice(0, -1)) : undefined
    default:
      if (name.endsWith('64')) return /^-?\d+$/.test(String(json)) ? BigInt(String(json)) : undefined
      return Number.isInteger(json) ? inRange(json as number, name) : undefined
  }
}

function inRange(value: number, name: string): number | undefined {
  const [, min, max] = integers.find(one => one[0] === name) ?? [name, -(2 ** 31), 2 ** 32 - 1]
  return value >= min && value <= max ? value : undefined
}
