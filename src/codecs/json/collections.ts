import { Fault, isObject, keyStep, mismatch, within } from '../values/fault.js'
import type { Identity } from '../values/identity.js'
import { type ElementRoom, long, makeRoom, setRoom } from '../values/list-room.js'
import { tableCost } from '../values/value-cost.js'
import type { JsonValues } from './budget.js'
import type { JsonCursor } from './cursor.js'
import type { JsonMessage } from './message.js'
import { Inline, type JsonType, scannedAsRead } from './value.js'
import type { JsonWriter } from './writer.js'

export function jsonList(type: JsonType, room: ElementRoom, values: JsonValues): JsonType {
  const counted = { type, ...room, values }
  return {
    write(writer, value, depth) {
      if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
      writeElements(writer, value, type, depth)
    },
    read: (json, depth) => readElements(json, counted, depth),
    scan: (cursor, depth) => scanElements(cursor, counted, depth),
  }
}

/** A list in JSON. Duplicates are dropped. @param identity of elements that are objects */
export function jsonSet(type: JsonType, values: JsonValues, identity: Identity | undefined): JsonType {
  const counted = { type, ...setRoom, values }
  return {
    write(writer, value, depth) {
      if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
      writeElements(writer, value, type, depth)
    },
    read: (json, depth) => values.setOf(readElements(json, counted, depth), identity),
    scan: (cursor, depth) => values.setOf(scanElements(cursor, counted, depth), identity),
  }
}

function writeElements(writer: JsonWriter, values: Iterable<unknown>, type: JsonType, depth: number): void {
  let at = 0
  writer.byte(0x5b)
  try {
    for (const value of values) {
      type.write(writer, value, depth)
      writer.comma()
      at++
    }
  } catch (error) {
    throw within(error, `[${at}]`)
  }
  writer.close(0x5d)
}

type CountedElement = ElementRoom & { readonly type: JsonType; readonly values: JsonValues }

function readElements(json: unknown, { type, cost, values }: CountedElement, depth: number): unknown[] {
  if (!Array.isArray(json)) throw mismatch('array', json)
  values.take(cost * json.length)
  const list = new Array<unknown>(json.length)
  let size = 0
  let at = 0
  try {
    for (; at < json.length; at++) {
      const element = type.read(json[at], depth)
      if (element !== undefined) list[size++] = element
    }
  } catch (error) {
    throw within(error, `[${at}]`)
  }
  list.length = size
  return list
}

function scanElements(cursor: JsonCursor, { type, cost, values, isFlat }: CountedElement, depth: number): unknown[] {
  const list: unknown[] = []
  let size = 0
  cursor.open(0x5b)
  if (cursor.closes(0x5d)) return list
  if (type.inline === Inline.message) {
    do list.push((type as JsonMessage).scan(cursor, depth))
    while (cursor.more(0x5d))
    return list
  }
  if (type.inline === Inline.text) {
    do {
      if (cost > 0) values.take(cost)
      list.push(cursor.text())
    } while (cursor.more(0x5d))
    return list
  }
  do {
    if (cost > 0) values.take(cost)
    const element = type.scan(cursor, depth)
    if (element !== undefined) list[size++] = element
    if (isFlat && size === long) makeRoom(list, size, cursor.countCommas())
  } while (cursor.more(0x5d))
  if (list.length !== size) list.length = size
  return list
}

/**
 * An object in JSON; keys of every type are text. Scanned with JSON.parse, which sorts numeric keys, so that both ways give the same order.
 */
export function jsonMap(keyType: JsonType, type: JsonType, values: JsonValues): JsonType {
  return scannedAsRead({
    write(writer, value, depth) {
      if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
      writer.byte(0x7b)
      for (const [key, entry] of value) {
        try {
          const start = writer.size
          keyType.write(writer, key, depth)
          writer.quoteSince(start)
          writer.byte(0x3a)
          type.write(writer, entry, depth)
          writer.comma()
        } catch (error) {
          throw within(error, keyStep(key))
        }
      }
      writer.close(0x7d)
    },
    read(json, depth) {
      if (!isObject(json)) throw mismatch('object', json)
      const names = Object.keys(json)
      values.take(tableCost + names.length)
      const map = new Map<unknown, unknown>()
      for (const name of names) {
        try {
          const key = keyType.read(name, depth)
          const value = type.read(json[name], depth)
          if (key === undefined || value === undefined) continue
          map.set(key, value)
          values.added(map, key)
        } catch (error) {
          throw within(error, keyStep(name))
        }
      }
      return map
    },
  })
}

/** Only booleans need their own type as keys: numbers are read from text too, and all other keys are text in JSON. */
export const booleanKey = scannedAsRead({
  write(writer, value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    writer.ascii(value ? '"true"' : '"false"')
  },
  read(json) {
    if (json === 'true' || json === 'false') return json === 'true'
    throw new Fault('expected true or false as a key')
  },
})
