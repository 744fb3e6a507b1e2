import type { JsonObject } from './json-value.js'
import { valueTypeOf } from './resolve.js'
import type { Class, Type, TypeLike, ValueType } from './type.js'

/** What interface definitions say of a typedef or a constant besides. */
export interface DeclarationOptions {
  /** Its description. Default: none. */
  readonly doc?: string | undefined
  /** Its annotations in Thrift. Constants have none. Default: none. */
  readonly properties?: JsonObject
}

/** The name that a typedef gives a type. */
export interface Alias extends DeclarationOptions {
  /** Its description, which `polywire export` also takes from the source. Default: none. */
  doc?: string | undefined
  /** The name with its package. */
  readonly name: string
  /** The type itself. */
  readonly type: ValueType
}

/** The name that a typedef gave a type; undefined if there is none. */
export function aliasOf(type: ValueType): Alias | undefined {
  return (type as ValueType & { readonly alias?: Alias }).alias
}

/**
 * A type with a name of its own: Thrift's `typedef`. No wire carries the name; `polywire export --thrift` writes it.
 *
 * @param name the name with its package
 *
 * @example
 * export const Path = typedef('map.Path', listOf(Point))
 * export type Path = Point[]
 *
 * @see docs/guide/contracts.md#export
 */
export function typedef<T>(
  name: string,
  type: Type<T> | Class<T>,
  options: DeclarationOptions = {},
): Type<T> & { readonly alias: Alias } {
  const resolved = valueTypeOf(type, `typedef ${name}`)
  const alias: Alias = { name, type: resolved, ...options }
  // What is read on first access stays so.
  const made = Object.defineProperties({}, Object.getOwnPropertyDescriptors(resolved))
  return Object.freeze(Object.defineProperty(made, 'alias', { value: alias, enumerable: true })) as Type<T> & {
    readonly alias: Alias
  }
}

/** Constants of an interface definition. */
export interface Constants {
  /** What it is. */
  readonly kind: 'constants'
  /** Their package. */
  readonly package: string
  /** The constants, in order. */
  readonly list: readonly Constant[]
}

/** A constant. */
export interface Constant extends DeclarationOptions {
  /** Its description, which `polywire export` also takes from the source. Default: none. */
  doc?: string | undefined
  /** The name without its package. */
  readonly name: string
  /** The type of its value. */
  readonly type: ValueType
  /** The value. */
  readonly value: unknown
}

/**
 * Declares constants for interface definitions: `polywire export --thrift` writes those that a module exports. Code uses the values
 * themselves.
 *
 * @param pack the package of the constants
 * @param constants the type and the value of each, by its name
 *
 * @example
 * export const LIMIT = 10
 * export const constants = constantsOf('shop', { LIMIT: [int32, LIMIT] })
 *
 * @see docs/guide/contracts.md#export
 */
export function constantsOf<
  const C extends Readonly<Record<string, readonly [type: TypeLike, value: unknown, options?: DeclarationOptions]>>,
>(pack: string, constants: C): Constants {
  const list = Object.entries(constants).map(([name, [type, value, options]]) => ({
    name,
    type: valueTypeOf(type, `constant ${name}`),
    value,
    ...options,
  }))
  return Object.freeze({ kind: 'constants', package: pack, list: Object.freeze(list) })
}
