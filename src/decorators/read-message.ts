import { misuse, RpcError } from '../core/rpc-error.js'
import { type FieldSchema, type MessageSchema, type Presence, zeroOf } from '../schema/message.js'
import type { Class, OptionalType, ValueType } from '../schema/type.js'
import { checkFields, checkReserved } from './check-fields.js'
import { designType, docOf, type FieldDeclaration, messageLineage, ownDoc } from './declarations.js'
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
  let fields: readonly FieldSchema[] | undefined
  return Object.freeze({
    name,
    class: type,
    create,
    isError,
    ...(reserved.length > 0 && { reserved: Object.freeze(reserved) }),
    ...(properties && { properties }),
    get doc() {
      return ownDoc(type as Class)
    },
    get fields() {
      if (fields === undefined) {
        fields = readFields(type as Class, isError, create)
        checkReserved(type.name, fields, reserved)
      }
      return fields
    },
  })
}

function readFields(type: Class, isError: boolean, create: () => unknown): readonly FieldSchema[] {
  const declarations = new Map<string, [Class, FieldDeclaration]>()
  for (const [owner, declaration] of messageLineage(type)) {
    if (declaration.ownText !== undefined)
      declarations.set('message', [owner, ownText(type, isError, declaration.ownText)])
    for (const field of declaration.fields.values()) {
      if (isError && field.key === 'message') throw decoratedMessage(type, field)
      declarations.set(field.key, [owner, field])
    }
  }
  const sample = construct(type, create)
  const fields = [...declarations.values()].map(([owner, field]) => readField({ type, owner, create, sample }, field))
  checkFields(type.name, fields, isError)
  return Object.freeze(fields)
}

function ownText(type: Class, isError: boolean, field: FieldDeclaration): FieldDeclaration {
  if (isError) return field
  throw misuse(
    'misplaced_option',
    `@Message of ${type.name}: the option message is for errors; leave it out, or extend RpcError`,
  )
}

/** Class fields are initialised after the constructor, so a property of that name would overwrite the message. */
function decoratedMessage(type: Class, { number }: FieldDeclaration): RpcError {
  const option = `{ message: ${number ?? true} }`
  return misuse(
    'reserved_property',
    `${type.name}.message: every error has a message already; leave the property out and ` +
      `write @Message('${type.name}', ${option}) on the class`,
  )
}

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
  if (declared.kind === 'nothing')
    throw misuse('misplaced_type', `${where}: nothing cannot be the type of a field; leave out the field`)
  if (declared.kind === 'optional' && declared.makeDefault !== undefined)
    throw misuse(
      'misplaced_type',
      `${where}: defaulted(...) is for arguments; write the type alone, and the default as the initial value of the property`,
    )
  const type: ValueType = declared.kind === 'optional' ? (declared as OptionalType).type : declared
  if (type.kind === 'oneof' && field.number !== undefined) {
    throw misuse(
      'misplaced_number',
      `${where}: the cases of a oneOf have numbers, the oneOf has none; ` +
        `write @Field(oneOf({ ${type.cases[0]?.name ?? 'email'}: [${field.number}, type] }))`,
    )
  }
  const { options } = field
  const name = options.name ?? field.key
  const [presence, makeDefault] = presenceOf(type, declared.kind === 'optional', place, field)
  return Object.freeze({
    key: field.key,
    name,
    jsonName: options.jsonName ?? name,
    aliases: Object.freeze([...(options.aliases ?? [])]),
    attribute: options.attribute ?? false,
    number: field.number,
    type,
    presence,
    ...(options.deprecated && { deprecated: true as const }),
    ...(options.sensitive && { sensitive: true as const }),
    ...(declared.kind === 'optional' && { isOptional: true as const }),
    ...(options.properties && { properties: options.properties }),
    get doc() {
      return docOf(place.type, field.key)
    },
    makeDefault,
  })
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
  return value === zero
}

/** A class may share one list, set or map between its instances; what is decoded may not. */
function initialValue(initial: unknown, key: string, create: () => unknown): () => unknown {
  if (Array.isArray(initial)) return () => [...initial]
  if (initial instanceof Set) return () => new Set(initial)
  if (initial instanceof Map) return () => new Map(initial)
  if (typeof initial !== 'object') return () => initial
  return () => (create() as Record<string, unknown>)[key]
}

function construct(type: Class, create: () => unknown): Record<string, unknown> {
  try {
    return create() as Record<string, unknown>
  } catch (error) {
    throw misuse(
      'message_constructor',
      `${type.name}: a message is made by \`new ${type.name}()\`, which threw ${String(error)}; make the constructor's parameters optional`,
    )
  }
}
