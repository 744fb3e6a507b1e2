import { misuse, type RpcError } from '../core/rpc-error.js'
import { isClass } from '../schema/resolve.js'

/** The error of a member whose type neither its decorator nor the compiler gives, with the line to write. */
export function memberWithoutType(where: string, design: unknown, decorator: string): RpcError {
  const seen = design === undefined ? 'the compiler emitted no type' : `the compiler emitted only "${nameOf(design)}"`
  return misuse(
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
