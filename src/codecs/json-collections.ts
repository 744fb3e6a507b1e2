import { Fault, keyStep, mismatch, within } from './fault.js'
import { type JsonType, jsonScalar } from './json-scalars.js'

export function jsonList(type: JsonType): JsonType {
  return {
    write(value, depth) {
      if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
      return writeElements(value, type, depth)
    },
    read: (json, depth) => readElements(json, type, depth),
  }
}

/** A list in JSON; what is there twice arrives once. */
export function jsonSet(type: JsonType): JsonType {
  return {
    write(value, depth) {
      if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
      return writeElements(value, type, depth)
    },
    read: (json, depth) => new Set(readElements(json, type, depth)),
  }
}

function writeElements(values: Iterable<unknown>, type: JsonType, depth: number): string {
  let text = ''
  let at = 0
  try {
    for (const value of values) {
      text += at === 0 ? type.write(value, depth) : `,${type.write(value, depth)}`
      at++
    }
  } catch (error) {
    throw within(error, `[${at}]`)
  }
  return `[${text}]`
}

function readElements(json: unknown, type: JsonType, depth: number): unknown[] {
  if (!Array.isArray(json)) throw mismatch('array', json)
  const list = new Array<unknown>(json.length)
  let at = 0
  try {
    for (; at < list.length; at++) list[at] = type.read(json[at], depth)
  } catch (error) {
    throw within(error, `[${at}]`)
  }
  return list
}

/** An object in JSON, its keys as text whatever their type. */
export function jsonMap(keyType: JsonType, type: JsonType): JsonType {
  return {
    write(value, depth) {
      if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
      let text = ''
      for (const [key, entry] of value) {
        try {
          const name = keyType.write(key, depth)
          const separator = text === '' ? '' : ','
          text += `${separator}${name.startsWith('"') ? name : `"${name}"`}:${type.write(entry, depth)}`
        } catch (error) {
          throw within(error, keyStep(key))
        }
      }
      return `{${text}}`
    },
    read(json, depth) {
      if (!isObject(json)) throw mismatch('object', json)
      const map = new Map<unknown, unknown>()
      for (const name of Object.keys(json)) {
        try {
          map.set(keyType.read(name, depth), type.read(json[name], depth))
        } catch (error) {
          throw within(error, keyStep(name))
        }
      }
      return map
    },
  }
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** Numbers read text too, and what is no number or boolean is text in JSON anyway. */
export const booleanKey: JsonType = {
  write: value => jsonScalar('bool').write(value, 0),
  read: json => {
    if (json === 'true' || json === 'false') return json === 'true'
    throw new Fault('expected true or false as a key')
  },
}
