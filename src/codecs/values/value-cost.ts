import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'
import { fieldsToFill } from './presence.js'

/** A value is about what an object costs; a list, a timestamp, bytes or a oneOf within a message costs a quarter of one. */
const quarters = 4
/** Messages within messages that an initialiser is followed into. */
const deepest = 8

/**
 * What one message counts of `limits.values`, apart from what its bytes put into its lists, sets and maps: itself, and what a new instance
 * holds before anything is read, since two bytes can ask for all of that.
 */
export function messageCost(schema: MessageSchema): number {
  return Math.max(1, Math.floor(quartersOf(schema, 0) / quarters))
}

function quartersOf(schema: MessageSchema, depth: number): number {
  const fill = fieldsToFill(schema)
  const instance = schema.create() as Readonly<Record<string, unknown>>
  let sum = quarters
  for (const field of schema.fields) {
    const initial = fill.has(field) ? field.makeDefault() : instance[field.key]
    sum += initialQuarters(field, initial, depth)
  }
  return sum
}

/** Of what a new instance holds in one field, or may get there once however often it is sent. */
function initialQuarters({ type }: FieldSchema, initial: unknown, depth: number): number {
  const isThere = typeof initial === 'object' && initial !== null
  switch (type.kind) {
    case 'list':
      return isThere ? 1 : 0
    case 'set':
    case 'map':
      return isThere ? quarters : 0
    case 'message':
      return isThere && depth < deepest ? quartersOf(type.message, depth + 1) : 0
    case 'oneof':
      return 1
    case 'scalar':
      return type.name === 'timestamp' || type.name === 'bytes' ? 1 : 0
    default:
      return 0
  }
}

/** What an element of a list counts. Numbers cost no more memory than their bytes suggest; messages, sets and maps count themselves. */
export function elementCost(type: ValueType): number {
  switch (type.kind) {
    case 'enum':
    case 'message':
    case 'set':
    case 'map':
      return 0
    case 'scalar':
      return isPlain.has(type.name) ? 0 : 1
    default:
      return 1
  }
}

const isPlain: ReadonlySet<string> = new Set([
  'double',
  'float',
  'int8',
  'int16',
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
  'bool',
  'duration',
])
