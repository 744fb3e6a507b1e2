import type { ValueType } from '../../schema/type.js'
import { elementCost } from './value-cost.js'

/** Elements from which a list gets its room at once: growing it step by step would copy it some twenty times. */
export const long = 4096

/** Whether elements take no memory but the list's own, so that a list of them may get its room at once: numbers, booleans and enums. */
export function isFlat(type: ValueType): boolean {
  return (type.kind === 'scalar' || type.kind === 'enum') && elementCost(type) === 0
}

/** What the elements of a list or a set cost, and whether they are flat. */
export interface ElementRoom {
  /** How much of `limits.values` one element takes. */
  readonly cost: number
  readonly isFlat: boolean
}

export function listRoom(element: ValueType): ElementRoom {
  return { cost: elementCost(element), isFlat: isFlat(element) }
}

/** A set keeps each element in a table. */
export const setRoom: ElementRoom = { cost: 1, isFlat: false }

/**
 * Call it before `count` flat elements are written behind the first `size` of a list, by their index. The list's length has to be set to
 * what it holds in the end.
 * @param count at most the bytes that are left to read
 */
export function makeRoom(list: unknown[], size: number, count: number): void {
  if (count >= long) list.length = size + count
}
