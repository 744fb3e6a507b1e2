import type { EnumType } from '../../schema/type.js'
import { enumLabel, mismatch } from '../values/fault.js'
import { isInt32 } from '../values/fits.js'
import { type JsonType, scannedAsRead } from './value.js'

const numberForm = /^-?\d{1,10}$/

/**
 * Written by name; read by name or number, which in a key is text. An open enum keeps an unknown number, in both directions. Any other
 * unknown member counts as absent, as in protobuf's parsers that ignore unknown fields: a newer peer may have it.
 */
export function jsonEnum(type: EnumType): JsonType {
  const texts = new Map<unknown, Uint8Array>()
  for (const { value, name } of type.values) if (!texts.has(value)) texts.set(value, Buffer.from(JSON.stringify(name)))
  const expected = enumLabel(type)
  return scannedAsRead({
    write(writer, value) {
      const text = texts.get(value)
      if (text !== undefined) writer.raw(text)
      else if (type.open && isInt32(value)) writer.integer(value)
      else throw mismatch(expected, value)
    },
    read(json) {
      const byName = type.byName.get(json as string)
      if (byName !== undefined) return byName.value
      const number = typeof json === 'string' && numberForm.test(json) ? Number(json) : json
      if (isInt32(number)) return type.byNumber.get(number)?.value ?? (type.open ? number : undefined)
      if (typeof json === 'string') return undefined
      throw mismatch(expected, json)
    },
  })
}
