import { Fault, isOverLimit } from '../values/fault.js'
import { type JsonType, scannedAsRead } from './value.js'

/** For what a `@Transform` makes of a value: of the field's type where it fits, else whatever it is. */
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
        return type.read(json, depth)
      } catch (error) {
        if (error instanceof Fault && !isOverLimit(error)) return json
        throw error
      }
    },
  })
}

/** Undefined for what JSON has no form for: functions, cycles. */
function plainJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  } catch {
    return undefined
  }
}
