import type { Mistake } from '../core/reasons.js'
import { misuse, RpcError } from '../core/rpc-error.js'
import type { StreamType, ValueType } from '../schema/type.js'
import type { DeclaredType } from './contract-checks.js'

/** Resolves a type down to its scalars and messages, so that a mistake deep inside is found at start-up, with its place. */
export function checkType(where: string, type: DeclaredType): void {
  placed(where, () => visit(type, new Set()))
  const value = type.kind === 'optional' ? type.type : type
  if (value.kind === 'union' && value.isNullable)
    throw misuse(
      'misplaced_type',
      `${where}: nullable stands only within listOf, setOf and mapOf; write optional(...) for what may be absent`,
    )
}

export function checkStreamed(where: string, stream: StreamType<unknown>): void {
  placed(where, () => visit(stream.element, new Set()))
}

function placed<T>(where: string, resolve: () => T): T {
  try {
    return resolve()
  } catch (error) {
    // Only `misuse` gives a reason here.
    if (error instanceof RpcError && error.reason !== undefined)
      throw misuse(error.reason as Mistake, `${where}: ${error.message}`)
    throw error
  }
}

/** @param within the types that contain this one */
function visit(type: DeclaredType, within: Set<object>): void {
  if (within.has(type)) {
    throw misuse(
      'recursive_type',
      `${type.kind}: a type cannot contain itself; put a @Message class in between, which can`,
    )
  }
  within.add(type)
  for (const part of partsOf(type)) visit(part, within)
  within.delete(type)
}

/** Messages check themselves. */
function partsOf(type: DeclaredType): readonly ValueType[] {
  switch (type.kind) {
    case 'list':
    case 'set':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'optional':
      return [type.type]
    case 'oneof':
      return type.cases.map(one => one.type)
    case 'union':
      return type.branches
    default:
      return []
  }
}
