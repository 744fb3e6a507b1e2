import type { ScalarType, WellKnownName } from '../../schema/type.js'
import { fromBase64, toBase64 } from '../values/base64.js'
import { Fault, halfPair, mismatch } from '../values/fault.js'
import { carrierOf, refineOf } from '../values/refined.js'
import { type ScalarForms, scalarOf } from '../values/scalar-forms.js'
import { durationOf, durationText, instantFromText, instantText } from '../values/time.js'
import { camelMask, jsonText, maskOfCamel, receivedJson } from '../values/well-known.js'
import type { JsonValues } from './budget.js'
import { floating, integer, longInteger } from './numbers.js'
import { Inline, type JsonType, scannedAsRead } from './value.js'

/** Source of the forms: protobuf's ProtoJSON format, "Representation of each type". */
export function jsonScalar(type: ScalarType, values: JsonValues): JsonType {
  const carrier = scalarOf(carrierOf(type), { ...forms, wellKnown: known => wellKnown(known, values) })
  if (type.refined === undefined) return carrier
  const refine = refineOf(type.refined)
  return {
    write: (writer, value, depth) => carrier.write(writer, refine(value), depth),
    read: (json, depth) => refine(carrier.read(json, depth)),
    scan: (cursor, depth) => refine(carrier.scan(cursor, depth)),
  }
}

const boolean: JsonType = {
  inline: Inline.bool,
  write(writer, value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    writer.ascii(value ? 'true' : 'false')
  },
  read(json) {
    if (typeof json !== 'boolean') throw mismatch('bool', json)
    return json
  },
  scan: cursor => cursor.bool(),
}

function text(name: string): JsonType {
  return {
    inline: Inline.text,
    write(writer, value) {
      if (typeof value !== 'string') throw mismatch(name, value)
      writer.text(value)
    },
    read(json) {
      if (typeof json !== 'string') throw mismatch(name, json)
      if (!json.isWellFormed()) throw halfPair(name)
      return json
    },
    scan: cursor => cursor.text(),
  }
}

/** Writes the standard alphabet with padding. Reads the URL-safe alphabet too, and text without padding. */
const base64 = scannedAsRead({
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
    writer.quoted(toBase64(value))
  },
  read(json) {
    if (typeof json !== 'string') throw mismatch('bytes in base64', json)
    return fromBase64(json)
  },
})

const instant = scannedAsRead({
  write: (writer, value) => writer.quoted(instantText(value)),
  read(json) {
    if (typeof json !== 'string') throw mismatch('timestamp', json)
    return instantFromText(json)
  },
})

const span = scannedAsRead({
  write: (writer, value) => writer.quoted(durationText(value, '', 's')),
  read(json) {
    if (typeof json !== 'string') throw mismatch('duration', json)
    const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json)
    if (match === null) throw new Fault('expected duration, got text that is not of the form 1.5s')
    const [, sign, whole, digits = ''] = match
    return durationOf(sign === '-', Number(whole), digits)
  },
})

function wellKnown(name: WellKnownName, values: JsonValues): JsonType {
  if (name === 'fieldMask') return mask
  return scannedAsRead({
    write: (writer, value) => writer.json(jsonText(value, name)),
    read: json =>
      receivedJson(name === 'nullValue' && json === 'NULL_VALUE' ? null : json, {
        name,
        take: count => values.take(count),
      }),
  })
}

const mask = scannedAsRead({
  write: (writer, value) => writer.quoted(camelMask(value)),
  read(json) {
    if (typeof json !== 'string') throw mismatch('fieldMask', json)
    return maskOfCamel(json)
  },
})

const forms: Omit<ScalarForms<JsonType>, 'wellKnown'> = {
  floating,
  integer,
  long: longInteger,
  text,
  bool: boolean,
  bytes: base64,
  timestamp: instant,
  duration: span,
}
