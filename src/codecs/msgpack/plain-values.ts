import { Fault, mismatch } from '../values/fault.js'
import { tableCost } from '../values/value-cost.js'
import type { PackReader } from './reader.js'
import type { PackWriter } from './writer.js'

// Values of no declared type.

/** Levels of arrays and maps. */
const maxNesting = 64
const noForm = new Fault('a value that MessagePack has no form for, or nested too deep')

/** @param fault thrown if MessagePack has no form for the value */
export function writePlain(writer: PackWriter, value: unknown, fault = noForm, nesting = 0): void {
  if (nesting > maxNesting) throw fault
  if (value === null || value === undefined) writer.nil()
  else if (typeof value === 'boolean') writer.bool(value)
  else if (typeof value === 'string') writer.text(value)
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.integer(value)
    else writer.double(value)
  } else if (typeof value === 'bigint' && value >= -(2n ** 63n) && value < 2n ** 64n) writer.long(value)
  else if (value instanceof Uint8Array) writer.bin(value)
  else if (value instanceof Date && !Number.isNaN(value.getTime())) {
    const seconds = Math.floor(value.getTime() / 1000)
    writer.timestamp(seconds, (value.getTime() - seconds * 1000) * 1e6)
  } else if (Array.isArray(value) || value instanceof Set) {
    const elements = [...value]
    writer.array(elements.length)
    for (const element of elements) writePlain(writer, element, fault, nesting + 1)
  } else if (typeof value === 'object') {
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    writer.map(entries.length)
    for (const [key, entry] of entries) {
      writePlain(writer, key, fault, nesting + 1)
      writePlain(writer, entry, fault, nesting + 1)
    }
  } else throw fault
}

interface Place {
  /** `limits.values` */
  readonly limit: number
  readonly prototype: object | null
  readonly nesting: number
}

/**
 * A map becomes an object with text keys.
 * @param limit `limits.values`
 * @param prototype of the objects
 */
export function readPlain(reader: PackReader, limit: number, prototype: object | null): unknown {
  return readNested(reader, { limit, prototype, nesting: 0 })
}

function readNested(reader: PackReader, place: Place): unknown {
  const { limit, nesting } = place
  if (nesting > maxNesting) throw new Fault(`nested deeper than ${maxNesting} levels`)
  const head = reader.peek()
  if (reader.nil()) return null
  if (head === 0xc2 || head === 0xc3) return reader.bool()
  if (head < 0x80 || head >= 0xe0 || (head >= 0xca && head <= 0xd3)) return reader.number('number')
  if ((head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb)) return reader.text('string')
  if (head >= 0xc4 && head <= 0xc6) return reader.bin()
  if (head < 0x90 || head === 0xde || head === 0xdf) return readObject(reader, { ...place, nesting: nesting + 1 })
  if (head < 0xa0 || head === 0xdc || head === 0xdd) {
    const size = reader.array('array')
    reader.values.take(1 + size, limit)
    const inner = { ...place, nesting: nesting + 1 }
    const list: unknown[] = []
    while (list.length < size) list.push(readNested(reader, inner))
    return list
  }
  return new Date(reader.timestamp())
}

function readObject(reader: PackReader, inner: Place): object {
  const object = Object.create(inner.prototype) as Record<string, unknown>
  const size = reader.map('map')
  reader.values.take(tableCost + size, inner.limit)
  for (let left = size; left > 0; left--) {
    const key = readNested(reader, inner)
    if (typeof key === 'object') throw mismatch('a key that is text or a number', key)
    const name = String(key)
    if (name === '__proto__' || name === 'constructor' || name === 'prototype')
      throw new Fault(`a key of the name ${name}`)
    object[name] = readNested(reader, inner)
  }
  return object
}
