import { misuse } from '../core/rpc-error.js'
import { bool, double, string } from '../schema/algebra.js'
import { isClass, messageSchemaOf, typeOf } from '../schema/resolve.js'
import type { NothingType, OptionalType, ValueType } from '../schema/type.js'

/**
 * The type of a member whose decorator has none, from the metadata that the compiler emitted. It loses what is inside a `Promise`, an array
 * or a union, and has Number for every number, so only four cases are accepted: string, boolean, number (a double) and message classes.
 * @param decorator the start of the decorator that lacks the type: `Field(1, `
 * @throws RpcError `failed_precondition` (`member_without_type`), with the line to write
 */
export function typeFromDesign(
  design: unknown,
  where: string,
  decorator: string,
): ValueType | OptionalType | NothingType {
  if (design === String) return string as unknown as ValueType
  if (design === Number) return double as unknown as ValueType
  if (design === Boolean) return bool as unknown as ValueType
  if (isClass(design) && messageSchemaOf(design) !== undefined) return typeOf(design, where)
  const seen = design === undefined ? 'the compiler emitted no type' : `the compiler emitted only "${nameOf(design)}"`
  throw misuse(
    'member_without_type',
    `${where}: its type is unknown (${seen}); write @${decorator}${suggestion(design)})`,
  )
}

function nameOf(design: unknown): string {
  return typeof design === 'function' ? design.name : String(design)
}

function suggestion(design: unknown): string {
  switch (design) {
    case Array:
      return 'listOf(string)'
    case Map:
      return 'mapOf(string, string)'
    case Set:
      return 'setOf(string)'
    case Date:
      return 'timestamp'
    case BigInt:
      return 'int64'
    case Uint8Array:
      return 'bytes'
    default:
      if (isClass(design) && design.prototype instanceof Uint8Array) return 'bytes'
      return isClass(design) && design !== Object ? `() => ${design.name}` : 'string'
  }
}
