import { RpcError } from '../core/rpc-error.js'
import { type FieldSchema, type MessageSchema, type Presence, zeroOf } from '../schema/message.js'
import type { Class, ValueType } from '../schema/type.js'
import { checks } from './contract-checks.js'
import type { FieldDeclaration } from './declaration.js'
import { designType, messageLineage } from './declarations.js'
import { typeFromDesign } from './design-type.js'
import { wholeTypeOf } from './whole-type.js'

/** Reads the schema of a `@Message` class. The first access reads its fields, because they may refer to classes declared later. */
export function readMessage<T>(type: Class<T>): MessageSchema<T> {
  const lineage = messageLineage(type)
  const own = lineage.findLast(([owner, { declared }]) => owner === type && declared)?.[1]
  const { name = type.name, properties } = own ?? {}
  const reserved = lineage.flatMap(([, declaration]) => declaration.reserved)
  const Constructor = type as unknown as new () => T
  const create = () => new Constructor()
  const isError = type.prototype instanceof RpcError
  const schema = {
    name,
    class: type,
    create,
    isError,
    ...(reserved.length > 0 && { reserved: Object.freeze(reserved) }),
    ...(properties && { properties }),
  } as MessageSchema<T>
  Object.defineProperty(schema, 'fields', fieldsProperty)
  checks?.describe(schema, type as Class)
  return Object.freeze(schema)
}

const fieldsRead = /* @__PURE__ */ new WeakMap<MessageSchema, readonly FieldSchema[]>()

/** One getter for all schemas. One each would cost a schema 450 bytes, because V8 keeps objects with accessors of their own as hash tables. */
const fieldsProperty: PropertyDescriptor = {
  enumerable: true,
  get(this: MessageSchema) {
    let fields = fieldsRead.get(this)
    if (fields === undefined) {
      fields = readFields(this.class as Class, this)
      fieldsRead.set(this, fields)
    }
    return fields
  },
}

function readFields(type: Class, message: MessageSchema): readonly FieldSchema[] {
  const declarations = new Map<string, [Class, FieldDeclaration]>()
  for (const [owner, declaration] of messageLineage(type)) {
    checks?.declaredFields(type, message.isError, declaration)
    if (declaration.ownText !== undefined) declarations.set('message', [owner, declaration.ownText])
    for (const field of declaration.fields) declarations.set(field.key, [owner, field])
  }
  const { create } = message
  const sample = checks?.sample(type, create) ?? (create() as Record<string, unknown>)
  const fields = [...declarations.values()].map(([owner, field]) => readField({ type, owner, create, sample }, field))
  checks?.fields(type.name, fields, message)
  return Object.freeze(fields)
}

const none: readonly string[] = /* @__PURE__ */ Object.freeze([])

interface Place {
  /** The class whose schema is read. */
  readonly type: Class
  /** The class that declares the field: `type` or one it extends. */
  readonly owner: Class
  readonly create: () => unknown
  readonly sample: Record<string, unknown>
}

function readField(place: Place, field: FieldDeclaration): FieldSchema {
  const where = `${place.type.name}.${field.key}`
  const declared =
    field.type === undefined
      ? typeFromDesign(
          designType(place.owner, field.key),
          where,
          `Field(${field.number === undefined ? '' : `${field.number}, `}`,
        )
      : wholeTypeOf(field.type, where)
  checks?.field(where, declared, field)
  const type = (declared.kind === 'optional' ? declared.type : declared) as ValueType
  const { options } = field
  const name = options.name ?? field.key
  const [presence, makeDefault] = presenceOf(type, declared.kind === 'optional', place, field)
  const schema = {
    key: field.key,
    name,
    jsonName: options.jsonName ?? name,
    aliases: options.aliases === undefined ? none : Object.freeze([...options.aliases]),
    attribute: options.attribute ?? false,
    number: field.number,
    type,
    presence,
    ...(options.sensitive && { sensitive: true as const }),
    ...checks?.fieldOptionsOf(declared, options),
    makeDefault,
  }
  checks?.describe(schema, place.type, field.key)
  return Object.freeze(schema)
}

/**
 * An initial value other than the type's zero makes presence explicit; otherwise a zero that was sent would be read as the initial value. Of
 * `optional(...)` a zero is a default as well. A required list, set or map is always sent, so its initial elements are for senders alone.
 */
function presenceOf(
  type: ValueType,
  isOptional: boolean,
  place: Place,
  field: FieldDeclaration,
): [Presence, () => unknown] {
  const zero = zeroOf(type)
  const initial = place.sample[field.key]
  const isSent = field.options.required && (type.kind === 'list' || type.kind === 'set' || type.kind === 'map')
  const isDefault = isOptional || !isZero(initial, zero())
  const own = initial !== undefined && initial !== null && !isSent && isDefault
  const makeDefault = own ? initialValue(initial, field.key, place.create) : isOptional ? () => undefined : zero
  if (field.options.required) return ['required', makeDefault]
  if (own || isOptional || zero() === undefined) return ['explicit', makeDefault]
  return ['implicit', makeDefault]
}

function isZero(value: unknown, zero: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0
  if (value instanceof Set || value instanceof Map) return value.size === 0
  return Object.is(value, zero)
}

/** A class may share one list, set or map between its instances; what is decoded may not. */
function initialValue(initial: unknown, key: string, create: () => unknown): () => unknown {
  if (Array.isArray(initial)) return () => [...initial]
  if (initial instanceof Set) return () => new Set(initial)
  if (initial instanceof Map) return () => new Map(initial)
  if (typeof initial !== 'object') return () => initial
  return () => (create() as Record<string, unknown>)[key]
}
