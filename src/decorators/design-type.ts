import { misuse } from '../core/rpc-error.js'
import { bool, double, string } from '../schema/algebra.js'
import { isClass, messageSchemaOf, typeOf } from '../schema/resolve.js'
import type { ValueType } from '../schema/type.js'
import { checks, type DeclaredType } from './contract-checks.js'

/**
 * The type of a member whose decorator has none, from the metadata that the compiler emitted. It loses what is inside a `Promise`, an array
 * or a union, and has Number for every number, so only four cases are accepted: string, boolean, number (a double) and message classes.
 * @param decorator the start of the decorator that lacks the type: `Field(1, `
 * @throws RpcError `failed_precondition` (`member_without_type`), with the line to write
 */
export function typeFromDesign(design: unknown, where: string, decorator: string): DeclaredType {
  if (design === String) return string as unknown as ValueType
  if (design === Number) return double as unknown as ValueType
  if (design === Boolean) return bool as unknown as ValueType
  if (isClass(design) && messageSchemaOf(design) !== undefined) return typeOf(design, where)
  throw checks?.memberWithoutType(where, design, decorator) ?? misuse('member_without_type', `${where} has no type`)
}
