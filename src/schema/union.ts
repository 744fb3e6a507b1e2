import { misuse } from '../core/rpc-error.js'
import { type CaseType, type NullOptions, placeOfNull } from './algebra.js'
import { lazily } from './lazily.js'
import { valueTypeOf } from './resolve.js'
import type { ScalarType, Type, TypeLike, UnionType, ValueType } from './type.js'

/**
 * A value of one of several types, told apart by its JavaScript type: Avro's bare union. In JSON, MessagePack and XML the value stands
 * under its type's name, `{"string": "x"}`, as in Avro's JSON. Protobuf and Thrift have no such thing; write `oneOf` for them.
 *
 * @example
 * @Field(unionOf(string, bytes), { required: true }) body: string | Uint8Array = ''
 *
 * @throws RpcError `failed_precondition` (`invalid_union`) at start-up if two of the types have the same JavaScript type, as `int32` and
 * `double` have. Several messages are told apart by their classes.
 */
export function unionOf<const L extends readonly [TypeLike, TypeLike, ...TypeLike[]]>(
  ...types: L
): Type<CaseType<L[number]>> & { readonly kind: 'union' } {
  const fixed = { kind: 'union' as const, isNullable: false }
  return lazily(fixed, {
    branches: () => branchesOf(types.map(type => valueTypeOf(type, 'unionOf'))),
  }) satisfies UnionType
}

/**
 * A value or null, within a list, a set or the values of a map: `null` is an element there. A field, an argument or a reply that may be
 * absent is `optional(...)`. Protobuf and Thrift have no such thing.
 *
 * @example
 * @Field(listOf(nullable(double))) samples: (number | null)[] = []
 *
 * @throws RpcError `failed_precondition` (`invalid_union`) at start-up if null is a value of the type already
 */
export function nullable<T>(type: TypeLike<T>, options: NullOptions = {}): Type<T | null> & { readonly kind: 'union' } {
  const branches = () => {
    const inner = valueTypeOf(type, 'nullable')
    return inner.kind === 'union' && !inner.isNullable ? inner.branches : branchesOf([inner])
  }
  return lazily({ kind: 'union' as const, isNullable: true, ...placeOfNull(options) }, { branches }) satisfies UnionType
}

function branchesOf(types: readonly ValueType[]): readonly ValueType[] {
  const taken = new Map<string, ValueType>()
  for (const type of types) {
    for (const kind of javaScriptTypes(type)) {
      const other = taken.get(kind)
      if (other !== undefined && !(kind === 'message' && differ(type, other)))
        throw misuse(
          'invalid_union',
          `unionOf: ${branchName(other)} and ${branchName(type)} are both ${kind} in JavaScript, so that a value of one cannot be told ` +
            `from the other; write oneOf({ ... })`,
        )
      taken.set(kind, type)
    }
  }
  return Object.freeze([...types])
}

/** Classes are told apart only by name and identity. */
function differ(one: ValueType, other: ValueType): boolean {
  return one.kind === 'message' && other.kind === 'message' && one.message.name !== other.message.name
}

/** What `typeof` says of its values, or the class that they are of. */
function javaScriptTypes(type: ValueType): readonly string[] {
  switch (type.kind) {
    case 'scalar':
      return [scalarTypeOf(type)]
    case 'enum':
      return [...new Set(type.values.map(({ value }) => typeof value))]
    case 'list':
      return ['Array']
    case 'set':
      return ['Set']
    case 'map':
      return ['Map']
    case 'message':
      return ['message']
    default:
      throw misuse('invalid_union', `unionOf: a ${type.kind} cannot be within a union; put it into a @Message`)
  }
}

/** @throws RpcError `failed_precondition` (`invalid_union`) for a scalar of JSON */
export function scalarTypeOf({ name, refined }: Pick<ScalarType, 'name'> & { readonly refined?: unknown }): string {
  switch (name) {
    case 'string':
    case 'uuid':
      return 'string'
    case 'bytes':
      return 'Uint8Array'
    case 'bool':
      return 'boolean'
    case 'timestamp':
      return refined === undefined ? 'Date' : 'string'
    case 'struct':
    case 'value':
    case 'listValue':
    case 'nullValue':
    case 'fieldMask':
      throw misuse(
        'invalid_union',
        `unionOf: values of ${name} can be of many JavaScript types; put it into a @Message`,
      )
    default:
      return name.endsWith('64') ? 'bigint' : 'number'
  }
}

/** The name of a branch on wires that write it: `string`, `list`, `vault.Document`. */
export function branchName(type: ValueType): string {
  switch (type.kind) {
    case 'scalar':
      return type.refined?.kind ?? type.name
    case 'message':
      return type.message.name
    case 'enum':
      return type.name ?? 'enum'
    default:
      return type.kind
  }
}

/** `string | bytes | null` */
export function unionText({ branches, isNullable }: UnionType, textOf: (type: ValueType) => string): string {
  return [...branches.map(textOf), ...(isNullable ? ['null'] : [])].join(' | ')
}

/** Finds the branch of a value: -1 if it is of none. Null is of none. */
export function branchFinder({ branches }: UnionType): (value: unknown) => number {
  const byType = new Map(branches.flatMap((type, at) => javaScriptTypes(type).map(kind => [kind, at] as const)))
  const messages = branches.flatMap((type, at) => (type.kind === 'message' ? [{ type: type.message.class, at }] : []))
  return value => {
    const kind = kindOf(value)
    if (kind !== 'message' || messages.length < 2) return byType.get(kind) ?? -1
    // An instance of a class that extends another is one of both.
    const exact = messages.find(({ type }) => type === (value as object).constructor)
    return (exact ?? messages.find(({ type }) => type !== undefined && value instanceof type))?.at ?? -1
  }
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'Array'
  for (const type of [Uint8Array, Date, Set, Map]) if (value instanceof type) return type.name
  return 'message'
}

/** The first union within a type, for wires that have none; undefined if it has none. */
export function unionIn(type: ValueType): UnionType | undefined {
  switch (type.kind) {
    case 'union':
      return type
    case 'list':
    case 'set':
      return unionIn(type.element)
    case 'map':
      return unionIn(type.value)
    default:
      return undefined
  }
}
