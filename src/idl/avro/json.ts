import { qualified } from '../../codecs/avro/parser.js'
import { isObject } from '../../codecs/values/fault.js'
import type { JsonObject } from '../../schema/json-value.js'

/** Of the types that no schema defines. */
export const primitiveNames: ReadonlySet<string> = new Set('null boolean int long float double bytes string'.split(' '))

export type Json = Readonly<Record<string, unknown>>

export function fullName({ name, namespace }: Json, space: string): string {
  return qualified(String(name), typeof namespace === 'string' ? namespace : space)
}

/** Whether it is the type that has no value but null. */
export function isNull(type: unknown): boolean {
  return type === 'null' || (isObject(type) && type.type === 'null')
}

export function docOf({ doc }: Json): string | undefined {
  return typeof doc === 'string' && doc.trim() !== '' ? doc.trim() : undefined
}

export function listIn(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : []
}

/** What a schema has beside what Avro's readers need. @param own the names of that, with spaces */
export function propertiesOf(json: Json, own: string): JsonObject | undefined {
  const names = new Set(own.split(' '))
  const others = Object.entries(json).filter(([name]) => !names.has(name))
  return others.length === 0 ? undefined : (Object.fromEntries(others) as JsonObject)
}
