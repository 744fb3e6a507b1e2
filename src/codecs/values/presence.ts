import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'

/** Tells the zero of a type, which a field with implicit presence does not write. A negative zero is none: it would arrive as another number. */
export function isZeroOf(type: ValueType): (value: unknown) => boolean {
  switch (type.kind) {
    case 'list':
      return value => Array.isArray(value) && value.length === 0
    case 'set':
    case 'map':
      return value => (value as ReadonlySet<unknown>).size === 0
    case 'enum': {
      const zero = (type.byNumber.get(0) ?? type.values[0])?.value
      return value => value === zero
    }
    case 'scalar':
      return scalarZero(type.name)
    default:
      return () => false
  }
}

function scalarZero(name: string): (value: unknown) => boolean {
  switch (name) {
    case 'bytes':
      return value => value instanceof Uint8Array && value.length === 0
    case 'string':
    case 'uuid':
      return value => value === ''
    case 'bool':
      return value => value === false
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return value => value === 0n
    case 'timestamp':
    case 'duration':
      return () => false
    default:
      return value => Object.is(value, 0)
  }
}

/**
 * Fields whose default a new instance of the message does not hold yet: decoders set `makeDefault()` on them when they are absent.
 * The others are left as the class has initialised them, which saves making each list twice.
 */
export function fieldsToFill(schema: MessageSchema): ReadonlySet<FieldSchema> {
  const [one, other] = [schema.create(), schema.create()] as Record<string, unknown>[]
  return new Set(schema.fields.filter(field => !holdsDefault(field, one?.[field.key], other?.[field.key])))
}

/** Two instances tell an initialiser that makes a list anew from one that shares it. */
function holdsDefault(field: FieldSchema, one: unknown, other: unknown): boolean {
  if (one === undefined) return false
  const wanted = field.makeDefault()
  if (typeof one !== 'object' || one === null) return Object.is(one, wanted)
  return one !== other && isZeroOf(field.type)(one) && isZeroOf(field.type)(wanted)
}
