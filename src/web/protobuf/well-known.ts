import { Fault, isObject } from '../../codecs/values/fault.js'
import { fraction } from '../../codecs/values/time.js'
import type { WellKnownName } from '../../schema/type.js'
import { joined } from '../joined.js'
import { type Json, readEntry, readValue, writeValue, wrongWire } from './message.js'
import { ProtoReader } from './reader.js'
import { scalarForm, text, type WireForm } from './scalars.js'
import type { ProtoWriter } from './writer.js'

const [int64, int32, double, bool] = [
  /* @__PURE__ */ scalarForm('int64'),
  /* @__PURE__ */ scalarForm('int32'),
  /* @__PURE__ */ scalarForm('double'),
  /* @__PURE__ */ scalarForm('bool'),
]

/** A message of seconds and nanoseconds. */
function timeForm(
  split: (json: string) => readonly [string | number, number],
  join: (seconds: number, nanos: number) => string,
): WireForm {
  return {
    wire: 2,
    merges: true,
    write(writer, json) {
      const [seconds, nanos] = split(json as string)
      writeValue(writer, 1, int64, seconds)
      if (nanos !== 0) writeValue(writer, 2, int32, nanos)
    },
    read(reader, depth) {
      const [seconds, nanos] = readEntry(reader, [int64, int32], depth)
      return join(Number(seconds), nanos as number)
    },
  }
}

export const timestamp: WireForm = /* @__PURE__ */ timeForm(
  json => {
    const [, second, digits = ''] = /^([^.]*)(?:\.(\d+))?Z$/.exec(json) ?? []
    return [Date.parse(`${second?.replace('Z', '')}Z`) / 1000, Number(digits.padEnd(9, '0'))]
  },
  (seconds, nanos) => {
    if (Math.abs(seconds) > 8e12 || nanos < 0 || nanos > 999_999_999)
      throw new Fault('expected timestamp, got one that is out of range')
    return `${new Date(seconds * 1000).toISOString().slice(0, -5)}${fraction(nanos)}Z`
  },
)

export const duration: WireForm = /* @__PURE__ */ timeForm(
  json => {
    const [, sign, seconds = '0', digits = ''] = /^(-?)(\d+)(?:\.(\d+))?s$/.exec(json) ?? []
    return [`${sign}${seconds}`, Number(`${sign}${digits.padEnd(9, '0')}`)]
  },
  (seconds, nanos) => {
    if (seconds * nanos < 0 || Math.abs(nanos) > 999_999_999)
      throw new Fault('expected duration, got one whose seconds and nanoseconds do not fit together')
    return `${seconds < 0 || nanos < 0 ? '-' : ''}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s`
  },
)

/** A scalar in a message of its own. */
export function wrapperOf(form: WireForm): WireForm {
  return {
    wire: 2,
    merges: true,
    write: (writer, json) => writeValue(writer, 1, form, json),
    read: (reader, depth) => readEntry(reader, [form, text], depth)[0],
  }
}

/** Levels of objects and arrays in one value of JSON. */
const maxNesting = 64

const value: WireForm = {
  wire: 2,
  merges: true,
  write(writer, json) {
    if (json === null) writeValue(writer, 1, int32, 0)
    else if (typeof json === 'number') writeValue(writer, 2, double, json)
    else if (typeof json === 'string') writeValue(writer, 3, text, json)
    else if (typeof json === 'boolean') writeValue(writer, 4, bool, json)
    else if (isObject(json)) writeValue(writer, 5, struct, json)
    else writeValue(writer, 6, listValue, json)
  },
  read: (reader, depth) =>
    last(reader, depth, number => [undefined, nullValue, double, text, bool, struct, listValue][number]) ?? null,
}

const struct: WireForm = {
  wire: 2,
  merges: true,
  write(writer, json) {
    for (const [key, one] of Object.entries(json as Json)) {
      writer.tag(1, 2)
      writer.delimited(entry => {
        writeValue(entry, 1, text, key)
        writeValue(entry, 2, value, one)
      })
    }
  },
  read(reader, depth) {
    const json: Json = {}
    each(reader, depth, entry => {
      const [key, one] = readEntry(entry, [text, value], depth + 1)
      Object.defineProperty(json, key as string, { value: one, enumerable: true, writable: true, configurable: true })
    })
    return json
  },
}

const listValue: WireForm = {
  wire: 2,
  merges: true,
  write(writer, json) {
    for (const one of json as unknown[]) writeValue(writer, 1, value, one)
  },
  read(reader, depth) {
    const json: unknown[] = []
    each(reader, depth, one => json.push(value.read(one, depth + 1)))
    return json
  },
}

const nullValue: WireForm = {
  wire: 0,
  write: (writer: ProtoWriter) => writer.varint(0n),
  read(reader) {
    reader.varint()
    return null
  },
}

/** Paths: in JSON in camelCase, with commas. */
const fieldMask: WireForm = {
  wire: 2,
  merges: true,
  write(writer, json) {
    for (const path of (json as string).split(',').filter(path => path !== ''))
      writeValue(
        writer,
        1,
        text,
        path.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      )
  },
  read(reader, depth) {
    const paths: string[] = []
    each(reader, depth, path => paths.push(text.read(path, depth) as string))
    return paths.map(path => path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())).join(',')
  },
}

export const wellKnown: Readonly<Record<WellKnownName, WireForm>> = { struct, value, listValue, nullValue, fieldMask }

/** The messages and texts in field 1. */
function each(reader: ProtoReader, depth: number, take: (one: ProtoReader) => void): void {
  if (depth > 2 * maxNesting) throw new Fault(`JSON nested deeper than ${maxNesting} levels`)
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag.number !== 1) reader.skip(tag, maxNesting)
    else if (tag.wire !== 2) throw wrongWire(tag.wire)
    else take(new ProtoReader(reader.delimited()))
  }
}

/** The last field. Messages of one field in a row are read as one. */
function last(reader: ProtoReader, depth: number, formOf: (number: number) => WireForm | undefined): unknown {
  let found: unknown
  let chunks: Uint8Array[] = []
  let before = 0
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    const form = formOf(tag.number)
    if (form === undefined) reader.skip(tag, maxNesting)
    else if (form.wire !== tag.wire) throw wrongWire(tag.wire)
    else {
      if (tag.number !== before) chunks = []
      before = tag.number
      if (form.merges) chunks.push(reader.delimited())
      else found = readValue(reader, form, depth + 1)
    }
  }
  return chunks.length === 0 ? found : formOf(before)?.read(new ProtoReader(joined(chunks)), depth + 1)
}
