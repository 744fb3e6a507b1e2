import { keyStep, mismatch, within } from '../values/fault.js'
import { isInt32 } from '../values/fits.js'
import type { Identity } from '../values/identity.js'
import { type ElementRoom, makeRoom, setRoom } from '../values/list-room.js'
import { tableCost } from '../values/value-cost.js'
import { type ThriftReader, type ThriftType, type ThriftWriter, Wire, wrongType } from './wire.js'

abstract class Elements implements ThriftType {
  abstract readonly wire: typeof Wire.list | typeof Wire.set
  readonly isPlain: boolean = false

  /** @param limit `limits.values` */
  constructor(
    private readonly type: ThriftType,
    private readonly room: ElementRoom,
    protected readonly limit: number,
  ) {}

  write(writer: ThriftWriter, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
    const { type } = this
    writer.beginList(this.wire, type.wire, value.length)
    let at = 0
    try {
      switch (type.isPlain ? type.wire : Wire.stop) {
        case Wire.binary:
          for (; at < value.length && typeof value[at] === 'string'; at++) writer.string(value[at] as string)
          break
        case Wire.i32:
          for (; at < value.length && isInt32(value[at]); at++) writer.i32(value[at] as number)
          break
      }
      for (; at < value.length; at++) type.write(writer, value[at], depth)
    } catch (error) {
      throw within(error, `[${at}]`)
    }
    writer.endList()
  }

  abstract read(reader: ThriftReader, depth: number): Iterable<unknown>

  protected elements(reader: ThriftReader, depth: number): unknown[] {
    const { type } = this
    const size = reader.beginList(this.wire)
    if (size > 0 && reader.elementType !== type.wire) throw wrongType(type.wire, reader.elementType)
    if (this.room.cost > 0) reader.values.take(this.room.cost * size, this.limit)
    const list: unknown[] = []
    if (this.room.isFlat) makeRoom(list, 0, size)
    let kept = 0
    let at = 0
    try {
      switch (type.isPlain ? type.wire : Wire.stop) {
        case Wire.binary:
          for (; at < size; at++) list.push(reader.string())
          kept = size
          break
        case Wire.i32:
          for (; at < size; at++) list[at] = reader.i32()
          kept = size
          break
        case Wire.struct:
          for (; at < size; at++) list.push(type.read(reader, depth))
          kept = size
          break
        default:
          for (; at < size; at++) {
            const element = type.read(reader, depth)
            if (element !== undefined) list[kept++] = element
          }
      }
    } catch (error) {
      throw within(error, `[${at}]`)
    }
    if (list.length !== kept) list.length = kept
    reader.endList()
    return list
  }
}

export class ThriftList extends Elements {
  readonly wire = Wire.list
  override readonly isPlain = true

  override read(reader: ThriftReader, depth: number): unknown[] {
    return this.elements(reader, depth)
  }
}

/** Duplicates are dropped. */
export class ThriftSet extends Elements {
  readonly wire = Wire.set

  /** @param identity of elements that are objects */
  constructor(
    type: ThriftType,
    limit: number,
    private readonly identity: Identity | undefined,
  ) {
    super(type, setRoom, limit)
  }

  override write(writer: ThriftWriter, value: unknown, depth: number): void {
    if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
    super.write(writer, [...value], depth)
  }

  override read(reader: ThriftReader, depth: number): Set<unknown> {
    return reader.values.setOf(this.elements(reader, depth), this.limit, this.identity)
  }
}

export class ThriftMap implements ThriftType {
  readonly wire = Wire.map

  /** @param identity of keys that are objects */
  constructor(
    private readonly key: ThriftType,
    private readonly type: ThriftType,
    private readonly limit: number,
    private readonly identity: Identity | undefined,
  ) {}

  write(writer: ThriftWriter, value: unknown, depth: number): void {
    if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
    const { key: keyType, type } = this
    writer.beginMap(keyType.wire, type.wire, value.size)
    for (const [key, entry] of value) {
      try {
        keyType.write(writer, key, depth)
        type.write(writer, entry, depth)
      } catch (error) {
        throw within(error, keyStep(key))
      }
    }
    writer.endMap()
  }

  read(reader: ThriftReader, depth: number): Map<unknown, unknown> {
    const { key: keyType, type, identity } = this
    const size = reader.beginMap()
    reader.values.take(tableCost + size, this.limit)
    const map = new Map<unknown, unknown>()
    if (size > 0) {
      if (reader.keyType !== keyType.wire) throw wrongType(keyType.wire, reader.keyType)
      if (reader.elementType !== type.wire) throw wrongType(type.wire, reader.elementType)
    }
    for (let at = 0; at < size; at++) {
      let key: unknown
      try {
        key = keyType.read(reader, depth)
        const value = type.read(reader, depth)
        if (key === undefined || value === undefined) continue
        if (identity !== undefined) key = reader.values.first(map, key, identity, this.limit)
        map.set(key, value)
        reader.values.added(map, key)
      } catch (error) {
        throw within(error, key === undefined ? `[${at}]` : keyStep(key))
      }
    }
    reader.endMap()
    return map
  }
}
