import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'
import { fieldsToFill } from './presence.js'
import { type ScalarForms, scalarOf } from './scalar-forms.js'

/** One value is about the memory of an object. A list, a timestamp, bytes or a oneOf within a message takes a quarter of that. */
const quarters = 4
/** Values that a Map or a Set takes before it has any entry: V8 makes a table for it, which takes as long as several objects. */
export const tableCost = 4
/** How many messages within messages of an initialiser are counted. */
const deepest = 8

/**
 * How much of `limits.values` one message takes: itself and what a new instance holds, since two bytes can ask for all of that. What its
 * bytes put into its lists, sets and maps counts separately.
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

/** For what a new instance holds in one field, or gets there once, however often the field is sent. */
function initialQuarters({ type }: FieldSchema, initial: unknown, depth: number): number {
  const isThere = typeof initial === 'object' && initial !== null
  switch (type.kind) {
    case 'list':
      return isThere ? 1 + quarters * (initial as readonly unknown[]).length : 0
    case 'set':
    case 'map':
      return isThere ? quarters * (tableCost + (initial as ReadonlySet<unknown>).size) : 0
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

/** How much one element of a list takes. Numbers take little more memory than their bytes; messages, sets and maps count themselves. */
export function elementCost(type: ValueType): number {
  switch (type.kind) {
    case 'enum':
    case 'message':
    case 'set':
    case 'map':
      return 0
    case 'scalar':
      return scalarOf(type.name, scalarCosts)
    default:
      return 1
  }
}

const scalarCosts: ScalarForms<number> = {
  floating: () => 0,
  integer: () => 0,
  long: () => 1,
  text: () => 1,
  bool: 0,
  bytes: 1,
  timestamp: 1,
  duration: 0,
  wellKnown: () => 1,
}
