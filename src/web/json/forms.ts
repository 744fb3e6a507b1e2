import { fromBase64, toBase64 } from '../../codecs/values/base64.js'
import { enumLabel, Fault, isObject, keyStep, mismatch, within } from '../../codecs/values/fault.js'
import { isInt32 } from '../../codecs/values/fits.js'
import { Cases, type Choice } from '../../codecs/values/one-of.js'
import { carrierOf, refineOf } from '../../codecs/values/refined.js'
import { durationOf, durationText, instantFromText, instantText } from '../../codecs/values/time.js'
import { camelMask, checkJson, maskOfCamel, receivedJson } from '../../codecs/values/well-known.js'
import type { EnumType, MapType, OneOfType, ScalarType, SetType, WellKnownName } from '../../schema/type.js'
import { listForm } from './list.js'
import { at, Entry } from './message.js'
import { type Compile, type PageType, refusing } from './page-type.js'
import { bool, textIn } from './scalars.js'

// What a page has only if it imports the type: see ../json-types.ts.

/** Integers of 64 bits are text. They are read from numbers only where those are exact. */
export function longForm({ name }: ScalarType): PageType {
  const narrowed = /^(?:uint|fixed)/.test(name) ? BigInt.asUintN : BigInt.asIntN
  const checked = (value: unknown, from: unknown) => {
    if (typeof value === 'bigint' && narrowed(64, value) === value) return value
    throw mismatch(name, from)
  }
  return {
    write: value => String(checked(value, value)),
    read(json) {
      const isExact = typeof json === 'string' ? /^-?\d{1,20}$/.test(json) : Number.isSafeInteger(json)
      return checked(isExact ? BigInt(json as string) : undefined, json)
    },
  }
}

export function bytesForm(): PageType {
  return {
    write(value) {
      if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
      return toBase64(value)
    },
    read: json => fromBase64(textIn(json, 'bytes in base64')),
  }
}

export function instantForm(): PageType {
  return { write: instantText, read: json => instantFromText(textIn(json, 'timestamp')) }
}

export function durationForm(): PageType {
  return {
    write: value => durationText(value, '', 's'),
    read(json) {
      const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(textIn(json, 'duration'))
      if (match === null) throw new Fault('expected duration, got text that is not of the form 1.5s')
      return durationOf(match[1] === '-', Number(match[2]), match[3] ?? '')
    },
  }
}

export function jsonForm({ name }: ScalarType & { readonly name: WellKnownName }): PageType {
  return {
    write(value) {
      checkJson(value, name)
      return value
    },
    read: json => receivedJson(name === 'nullValue' && json === 'NULL_VALUE' ? null : json, { name, take() {} }),
  }
}

export function maskForm(): PageType {
  return { write: camelMask, read: json => maskOfCamel(textIn(json, 'fieldMask')) }
}

/** Decimals, dates, bytes of a fixed length: a part of the values of another scalar. */
export function refinedForm(type: ScalarType & { readonly refined: object }, compile: Compile): PageType {
  const carrier = compile({ kind: 'scalar', name: carrierOf(type) })
  const refine = refineOf(type.refined as Parameters<typeof refineOf>[0])
  return {
    write: (value, depth) => carrier.write(refine(value), depth),
    read: (json, depth) => refine(carrier.read(json, depth)),
  }
}

export function setForm(type: SetType, compile: Compile): PageType {
  const list = listForm(type, compile)
  return {
    write(value, depth) {
      if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
      return list.write([...value], depth)
    },
    read: (json, depth) => new Set(list.read(json, depth) as unknown[]),
  }
}

export function mapForm(type: MapType, compile: Compile): PageType {
  const [keys, values] = [keyForm(type.key, compile), compile(type.value)]
  return {
    write(value, depth) {
      if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
      const json = Object.create(null) as Record<string, unknown>
      for (const [key, one] of value)
        at(keyStep(key), () => {
          json[String(keys.write(key, depth))] = values.write(one, depth)
        })
      return json
    },
    read(json, depth) {
      if (!isObject(json)) throw mismatch('object', json)
      const map = new Map<unknown, unknown>()
      for (const [name, one] of Object.entries(json))
        at(keyStep(name), () => {
          const [key, value] = [keys.read(name, depth), values.read(one, depth)]
          if (key !== undefined && value !== undefined) map.set(key, value)
        })
      return map
    },
  }
}

/** Keys are text in JSON, or are read from text. */
function keyForm(type: MapType['key'], compile: Compile): PageType {
  if (type.kind !== 'scalar' && type.kind !== 'enum') return refusing(`map with keys of type ${type.kind}`)
  return type.kind === 'scalar' && type.name === 'bool' ? boolKey : compile(type)
}

const boolKey: PageType = {
  write: value => bool.write(value, 0),
  read(json) {
    if (json === 'true' || json === 'false') return json === 'true'
    throw new Fault('expected true or false as a key')
  },
}

/** By name; read by number too. An open enum keeps an unknown number; any other unknown member counts as absent. */
export function enumForm(type: EnumType): PageType {
  const names = new Map(type.values.toReversed().map(({ value, name }) => [value as unknown, name]))
  return {
    write(value) {
      const name = names.get(value)
      if (name !== undefined) return name
      if (type.open && isInt32(value)) return value
      throw mismatch(enumLabel(type), value)
    },
    read(json) {
      const byName = type.byName.get(json as string)
      if (byName !== undefined) return byName.value
      const number = typeof json === 'string' && /^-?\d{1,10}$/.test(json) ? Number(json) : json
      if (isInt32(number)) return type.byNumber.get(number)?.value ?? (type.open ? number : undefined)
      if (typeof json === 'string') return undefined
      throw mismatch(enumLabel(type), json)
    },
  }
}

/** The cases of a oneOf are names in the JSON of its message: it writes an object of them, and reads that of the message. */
export function oneOfForm({ cases }: OneOfType, compile: Compile, key: string): PageType {
  const entries = cases.map(one => new Entry(one, compile(one.type)))
  const byName = new Cases(key, entries)
  return {
    write(value, depth) {
      const json = {}
      byName.chosenBy(value as Choice).write(json, (value as Choice).value, depth)
      return json
    },
    read(json, depth) {
      let chosen: { readonly case: string; readonly value: unknown } | undefined
      for (const entry of entries) {
        const value = entry.read(json as Readonly<Record<string, unknown>>, depth)
        if (value === undefined) continue
        if (chosen !== undefined)
          throw within(new Fault(`only one of ${chosen.case} and ${entry.name} may be set`), key)
        chosen = { case: entry.name, value }
      }
      return chosen
    },
  }
}
