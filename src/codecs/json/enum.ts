import type { EnumType } from '../../schema/type.js'
import { enumLabel, Fault, mismatch, shortened } from '../values/fault.js'
import { type JsonType, scannedAsRead } from './value.js'

/** Written by name; read by name or number, which in a key is text. An open enum keeps an unknown number, in both directions. */
export function jsonEnum(type: EnumType): JsonType {
  const texts = new Map<unknown, Uint8Array>()
  for (const { value, name } of type.values) if (!texts.has(value)) texts.set(value, Buffer.from(JSON.stringify(name)))
  const expected = enumLabel(type)
  const isOpen = (value: unknown): value is number =>
    type.open && Number.isInteger(value) && (value as number) === ((value as number) | 0)
  return scannedAsRead({
    write(writer, value) {
      const text = texts.get(value)
      if (text !== undefined) writer.raw(text)
      else if (isOpen(value)) writer.integer(value)
      else throw mismatch(expected, value)
    },
    read(json) {
      const byName = type.byName.get(json as string)
      if (byName !== undefined) return byName.value
      const number = typeof json === 'string' && /^-?\d{1,10}$/.test(json) ? Number(json) : json
      const byNumber = type.byNumber.get(number as number)
      if (byNumber !== undefined) return byNumber.value
      if (isOpen(number)) return number
      throw typeof json === 'string'
        ? new Fault(`expected ${expected}, got "${shortened(json)}"`)
        : mismatch(expected, json)
    },
  })
}
