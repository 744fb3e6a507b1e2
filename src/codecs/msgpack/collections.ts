import type { ValueType } from '../../schema/type.js'
import { keyStep, mismatch, within } from '../values/fault.js'
import { isFlat, makeRoom } from '../values/list-room.js'
import { elementCost, tableCost } from '../values/value-cost.js'
import type { PackReader } from './reader.js'
import type { PackType } from './scalars.js'
import type { PackWriter } from './writer.js'

export class PackList implements PackType {
  private readonly cost: number
  private readonly isFlat: boolean

  /** @param limit `limits.values` */
  constructor(
    private readonly type: PackType,
    element: ValueType,
    private readonly limit: number,
  ) {
    this.cost = elementCost(element)
    this.isFlat = isFlat(element)
  }

  write(writer: PackWriter, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
    writer.array(value.length)
    let at = 0
    try {
      for (; at < value.length; at++) this.type.write(writer, value[at], depth)
    } catch (error) {
      throw within(error, `[${at}]`)
    }
  }

  read(reader: PackReader, depth: number): unknown[] {
    const size = reader.array('array')
    if (this.cost > 0) reader.values.take(this.cost * size, this.limit)
    const list: unknown[] = []
    if (this.isFlat) makeRoom(list, 0, size)
    let kept = 0
    let at = 0
    try {
      for (; at < size; at++) {
        const element = this.type.read(reader, depth)
        if (element !== undefined) list[kept++] = element
      }
    } catch (error) {
      throw within(error, `[${at}]`)
    }
    if (list.length !== kept) list.length = kept
    return list
  }
}

/** An array in MessagePack. Duplicates are dropped. */
export class PackSet implements PackType {
  constructor(
    private readonly type: PackType,
    private readonly limit: number,
  ) {}

  write(writer: PackWriter, value: unknown, depth: number): void {
    if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
    writer.array(value.size)
    let at = 0
    try {
      for (const element of value) {
        this.type.write(writer, element, depth)
        at++
      }
    } catch (error) {
      throw within(error, `[${at}]`)
    }
  }

  read(reader: PackReader, depth: number): Set<unknown> {
    const size = reader.array('array')
    reader.values.take(tableCost + size, this.limit)
    const set = new Set<unknown>()
    let at = 0
    try {
      for (; at < size; at++) {
        const element = this.type.read(reader, depth)
        if (element === undefined) continue
        set.add(element)
        reader.values.added(set, element)
      }
    } catch (error) {
      throw within(error, `[${at}]`)
    }
    return set
  }
}

/** Keys keep their type: integers, booleans ... */
export class PackMap implements PackType {
  constructor(
    private readonly key: PackType,
    private readonly type: PackType,
    private readonly limit: number,
  ) {}

  write(writer: PackWriter, value: unknown, depth: number): void {
    if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
    writer.map(value.size)
    for (const [key, entry] of value) {
      try {
        this.key.write(writer, key, depth)
        this.type.write(writer, entry, depth)
      } catch (error) {
        throw within(error, keyStep(key))
      }
    }
  }

  read(reader: PackReader, depth: number): Map<unknown, unknown> {
    const size = reader.map('map')
    reader.values.take(tableCost + size, this.limit)
    const map = new Map<unknown, unknown>()
    for (let at = 0; at < size; at++) {
      let key: unknown
      try {
        key = this.key.read(reader, depth)
        const value = this.type.read(reader, depth)
        if (key === undefined || value === undefined) continue
        map.set(key, value)
        reader.values.added(map, key)
      } catch (error) {
        throw within(error, key === undefined ? `[${at}]` : keyStep(key))
      }
    }
    return map
  }
}
