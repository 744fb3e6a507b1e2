import type { Serializer } from '../codec.js'
import { giveBack } from './large-memory.js'

/** As `serializer.encode`. If `releaseOf` returns a function, it may be called with these bytes. */
export function encodeOwn<T>(serializer: Serializer<T>, message: T): Uint8Array {
  return serializer.encodeAfter === undefined ? serializer.encode(message) : serializer.encodeAfter(message, 0)
}

/**
 * What to call with the bytes of `encodeOwn` once nothing reads them any more. Undefined for a codec without `encodeAfter`, which may have
 * made its bytes with another one and keep them.
 */
export function releaseOf(serializer: Serializer): ((bytes: Uint8Array) => void) | undefined {
  return serializer.encodeAfter === undefined ? undefined : giveBack
}
