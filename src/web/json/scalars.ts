import { halfPair, mismatch } from '../../codecs/values/fault.js'
import type { ScalarName } from '../../schema/type.js'
import type { PageType } from './page-type.js'

// The scalars that every page has. Source of all forms: protobuf's ProtoJSON format, as in codecs/json.

/** @returns undefined for a scalar that has a form of its own */
export function plainScalar(name: ScalarName): PageType | undefined {
  if (name === 'bool') return bool
  return name === 'string' || name === 'uuid' ? asItIs(value => textIn(value, name)) : undefined
}

export function textIn(value: unknown, name: string): string {
  if (typeof value !== 'string') throw mismatch(name, value)
  if (!value.isWellFormed()) throw halfPair(name)
  return value
}

/** A type whose values JSON holds as they are. */
function asItIs(check: (value: unknown) => unknown): PageType {
  return { write: check, read: check }
}

export const bool: PageType = /* @__PURE__ */ asItIs(value => {
  if (typeof value !== 'boolean') throw mismatch('bool', value)
  return value
})
