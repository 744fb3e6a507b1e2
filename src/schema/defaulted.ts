import { lazily } from './lazily.js'
import { valueTypeOf } from './resolve.js'
import type { Optional, OptionalType, TypeLike } from './type.js'

/** A default: the value, or, where that is an object, a function that makes a new one. */
export type DefaultOf<T> = T extends object ? () => T : T

/**
 * An argument that a caller may leave out: the handler then gets the default, whatever the wire and the caller's language. Exported IDLs
 * show it. A field has its default as the initial value of its property instead.
 *
 * Over `optional(...)`, null is a value besides, as in Avro's `union { int, null } = 5`: the handler then gets `undefined`.
 *
 * @param value the default; for a list, a set, a map, a message, bytes or a `Date` a function that makes it
 *
 * @example
 * @Method({ args: { sku: string, count: defaulted(int32, 1) }, returns: Receipt })
 * buy(sku: string, count?: number): Promise<Receipt> { return unimplemented() }
 */
export function defaulted<T>(type: TypeLike<T>, value: DefaultOf<NoInfer<T>>): Optional<T> {
  const makeDefault = typeof value === 'function' ? (value as () => unknown) : () => value
  const inner = isOptional(type) ? type : undefined
  const ofNull = inner && { mayBeNull: true as const, ...(inner.nullAt !== undefined && { nullAt: inner.nullAt }) }
  return lazily(
    { kind: 'optional' as const, makeDefault, ...ofNull },
    { type: () => inner?.type ?? valueTypeOf(type, 'defaulted') },
  ) satisfies OptionalType
}

function isOptional(type: TypeLike): type is OptionalType & TypeLike {
  return typeof type === 'object' && type.kind === 'optional'
}
