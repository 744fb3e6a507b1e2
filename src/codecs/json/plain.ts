import { Fault, halfPair, isOverLimit } from '../values/fault.js'
import { type JsonType, scannedAsRead } from './value.js'

/** The value of a field with a `@Transform`: of the field's type if it fits, else as it is. */
export function looseJson(type: JsonType): JsonType {
  return scannedAsRead({
    write(writer, value, depth) {
      const start = writer.size
      try {
        type.write(writer, value, depth)
      } catch (error) {
        const text = error instanceof Fault ? plainJson(value) : undefined
        if (text === undefined) throw error
        writer.truncate(start)
        writer.json(text)
      }
    },
    read(json, depth) {
      try {
        return type.read(json, depth) ?? json
      } catch (error) {
        const isHalf = typeof json === 'string' && !json.isWellFormed()
        if (error instanceof Fault && !isOverLimit(error) && !isHalf) return json
        throw error
      }
    },
  })
}

/** @returns undefined for a value that JSON cannot hold: a function, a cycle, a lone surrogate */
function plainJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part === 'string' && !part.isWellFormed()) throw halfPair()
      return typeof part === 'bigint' ? String(part) : part
    })
  } catch {
    return undefined
  }
}
