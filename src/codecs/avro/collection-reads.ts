import { keyStep, mismatch, within } from '../values/fault.js'
import type { Identity } from '../values/identity.js'
import { makeRoom } from '../values/list-room.js'
import { tableCost } from '../values/value-cost.js'
import type { AvroReader } from './reader.js'
import type { AvroRead } from './scalar-reads.js'

/** @throws Fault for null, which a list, a set, a map or a oneOf cannot hold */
export function present(value: unknown): unknown {
  if (value === undefined) throw mismatch('a value', null)
  return value
}

interface Elements {
  /** How much of `limits.values` one element takes. */
  readonly cost: number
  readonly isFlat: boolean
  /** `limits.values` */
  readonly limit: number
}

export function listRead(
  element: AvroRead,
  { cost, isFlat, limit }: Elements,
): (from: AvroReader, depth: number) => unknown[] {
  return (from, depth) => {
    const list: unknown[] = []
    let size = 0
    try {
      for (let count = from.block(); count > 0; count = from.block()) {
        if (cost > 0) from.values.take(cost * Math.min(count, from.left), limit)
        if (isFlat) makeRoom(list, size, Math.min(count, from.left))
        for (; count > 0; count--) {
          const start = from.position
          list[size] = present(element(from, depth))
          size++
          if (from.position === start) from.countEmpty()
        }
      }
    } catch (error) {
      throw within(error, `[${size}]`)
    }
    if (list.length !== size) list.length = size
    return list
  }
}

interface Entries {
  /** Returns undefined for a key whose entry is left out. */
  readonly keyRead: AvroRead
  readonly valueRead: AvroRead
  /** Of keys that are objects. */
  readonly identity?: Identity | undefined
  /** `limits.values` */
  readonly limit: number
}

export function mapRead({ keyRead, valueRead, identity, limit }: Entries): AvroRead {
  return (from, depth) => {
    from.values.take(tableCost, limit)
    const map = new Map<unknown, unknown>()
    for (let count = from.block(); count > 0; count = from.block()) {
      from.values.take(Math.min(count, from.left), limit)
      for (; count > 0; count--) {
        const start = from.position
        const key = keyRead(from, depth)
        try {
          const value = present(valueRead(from, depth))
          if (key !== undefined) {
            map.set(identity === undefined ? key : from.values.first(map, key, identity, limit), value)
            from.values.added(map, key)
          }
        } catch (error) {
          throw key === undefined ? error : within(error, keyStep(key))
        }
        if (from.position === start) from.countEmpty()
      }
    }
    return map
  }
}
