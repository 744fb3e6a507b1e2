import { keyStep, mismatch, within } from '../values/fault.js'
import type { Identity } from '../values/identity.js'
import { type ElementRoom, makeRoom, setRoom } from '../values/list-room.js'
import { tableCost } from '../values/value-cost.js'
import type { PackReader } from './reader.js'
import type { PackType } from './scalars.js'
import type { PackWriter } from './writer.js'

export class PackList implements PackType {
  /** @param limit `limits.values` */
  constructor(
    private readonly type: PackType,
    private readonly room: ElementRoom,
    private readonly limit: number,
  ) {}

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
    if (this.room.cost > 0) reader.values.take(this.room.cost * size, this.limit)
    const list: unknown[] = []
    if (this.room.isFlat) makeRoom(list, 0, size)
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
  private readonly list: PackList

  /** @param identity of elements that are objects */
  constructor(
    type: PackType,
    private readonly limit: number,
    private readonly identity: Identity | undefined,
  ) {
    this.list = new PackList(type, setRoom, limit)
  }

  write(writer: PackWriter, value: unknown, depth: number): void {
    if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
    this.list.write(writer, [...value], depth)
  }

  read(reader: PackReader, depth: number): Set<unknown> {
    return reader.values.setOf(this.list.read(reader, depth), this.limit, this.identity)
  }
}

/** Keys keep their type: integers, booleans ... */
export class PackMap implements PackType {
  /** @param identity of keys that are objects */
  constructor(
    private readonly key: PackType,
    private readonly type: PackType,
    private readonly limit: number,
    private readonly identity: Identity | undefined,
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
        if (this.identity !== undefined) key = reader.values.first(map, key, this.identity, this.limit)
        map.set(key, value)
        reader.values.added(map, key)
      } catch (error) {
        throw within(error, key === undefined ? `[${at}]` : keyStep(key))
      }
    }
    return map
  }
}
