import type { Serializer } from '../codec.js'
import { allocate } from './native.js'

/** Calls `serializer.encodeAfter`; for a serializer without it, copies. */
export function encodeAfter<T>(serializer: Serializer<T>, message: T, headroom: number): Uint8Array {
  if (serializer.encodeAfter !== undefined) return serializer.encodeAfter(message, headroom)
  const bytes = serializer.encode(message)
  const behind = allocate(headroom + bytes.length)
  behind.set(bytes, headroom)
  return behind
}
