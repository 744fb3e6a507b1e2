import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'
import { type ScalarForms, scalarOf } from './scalar-forms.js'

/**
 * Whether a field with implicit presence does not write a value: if it is the zero of its type, except the first member of an enum without
 * 0, whose absence means 0 to peers in other languages.
 */
export function isLeftOutOf(type: ValueType): (value: unknown) => boolean {
  return type.kind === 'enum' && !type.byNumber.has(0) ? never : isZeroOf(type)
}

/** Whether a value is the zero of its type. Negative zero is not: it would arrive as 0. */
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
      return type.wrapped || type.refined ? never : scalarOf(type.name, scalarZeros)
    default:
      return never
  }
}

const isZero = (value: unknown): boolean => Object.is(value, 0)
const never = (): boolean => false

const scalarZeros: ScalarForms<(value: unknown) => boolean> = {
  floating: () => isZero,
  integer: () => isZero,
  long: () => value => value === 0n,
  text: () => value => value === '',
  bool: value => value === false,
  bytes: value => value instanceof Uint8Array && value.length === 0,
  timestamp: never,
  duration: never,
  wellKnown: name => (name === 'nullValue' ? value => value === null : never),
}

/** Whether null is a value of the type. In a field of any other type it counts as absent. */
export function takesNull(type: ValueType): boolean {
  return type.kind === 'scalar' && (type.name === 'value' || type.name === 'nullValue')
}

/**
 * The fields whose default a new instance does not hold. A decoder sets `makeDefault()` on them if they are absent. The class initialises
 * the others, so no list is made twice.
 */
export function fieldsToFill(schema: MessageSchema): ReadonlySet<FieldSchema> {
  const [one, other] = [schema.create(), schema.create()] as Record<string, unknown>[]
  return new Set(schema.fields.filter(field => !holdsDefault(field, one?.[field.key], other?.[field.key])))
}

/** Two instances show whether an initialiser makes a new object each time or shares one. */
function holdsDefault({ type, makeDefault }: FieldSchema, one: unknown, other: unknown): boolean {
  if (one === undefined) return false
  const wanted = makeDefault()
  if (typeof one !== 'object' || one === null) return Object.is(one, wanted)
  const isZero = isZeroOf(type)
  return one !== other && wanted !== undefined && isZero(one) === isZero(wanted)
}
