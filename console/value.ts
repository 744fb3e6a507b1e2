import type { FieldEntry, TypeRef, TypeTable } from '../src/console/type-views.js'

/** A message as ProtoJSON. */
export type Json = Readonly<Record<string, unknown>>

/** What stands for a sensitive value in text that is shown. */
export const dots = '••••'

export function fieldsOf(types: TypeTable, name: string): readonly FieldEntry[] {
  const entry = types[name]
  return entry?.kind === 'message' ? entry.fields : []
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Replaces each sensitive value; `replace` returns undefined to leave it out. */
export function masked(
  value: unknown,
  name: string,
  types: TypeTable,
  replace: (field: string, value: unknown) => unknown,
): Json {
  if (!isObject(value)) return {}
  const result: Record<string, unknown> = { ...value }
  for (const field of fieldsOf(types, name).flatMap(partsOf)) {
    if (!(field.name in result)) continue
    const old = result[field.name]
    const shown = field.sensitive ? replace(field.name, old) : maskedPart(old, field.type, types, replace)
    if (shown === undefined) delete result[field.name]
    else result[field.name] = shown
  }
  return result
}

function partsOf(field: FieldEntry): readonly FieldEntry[] {
  if (field.type.kind !== 'oneof') return [field]
  return field.sensitive ? field.type.cases.map(one => ({ ...one, sensitive: true })) : field.type.cases
}

function maskedPart(
  value: unknown,
  type: TypeRef,
  types: TypeTable,
  replace: (field: string, value: unknown) => unknown,
): unknown {
  if (type.kind === 'message') return masked(value, type.name, types, replace)
  if ((type.kind === 'list' || type.kind === 'set') && Array.isArray(value))
    return value.map(one => maskedPart(one, type.element, types, replace))
  if (type.kind === 'map' && isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, maskedPart(one, type.value, types, replace)]),
    )
  return value
}

/** What was typed as JSON, with the sensitive values that stand as dots in it. @throws SyntaxError if it is not a JSON object */
export function typedValue(text: string, before: Json): Json {
  const large = /[:[,]\s*-?\d{16,}/.exec(text.replace(/"(?:[^"\\]|\\.)*"/g, '""'))
  if (large !== null) throw new SyntaxError('write a number of 16 digits or more as text, in quotes')
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw new SyntaxError('the request is an object: { ... }')
  return withHidden(value, before) as Json
}

function withHidden(value: unknown, before: unknown): unknown {
  if (value === dots) return before
  if (Array.isArray(value))
    return value.map((one, at) => withHidden(one, Array.isArray(before) ? before[at] : undefined))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withHidden(one, isObject(before) ? before[key] : undefined)]),
  )
}

/** An empty value of a type, for a new element. */
export function emptyOf(type: TypeRef, types: TypeTable): unknown {
  switch (type.kind) {
    case 'message':
    case 'map':
      return {}
    case 'list':
    case 'set':
      return []
    case 'enum': {
      const entry = types[type.name]
      return entry?.kind === 'enum' ? (entry.values[0]?.name ?? '') : ''
    }
    case 'scalar':
      if (type.name === 'bool') return false
      if (isWide(type.name)) return '0'
      if (isNumber(type.name)) return 0
      if (type.name === 'duration') return '0s'
      if (type.name === 'timestamp') return '1970-01-01T00:00:00Z'
      return type.name === 'struct' ? {} : type.name === 'listValue' ? [] : type.name.endsWith('alue') ? null : ''
    case 'oneof':
      return undefined
  }
}

export function isWide(scalar: string): boolean {
  return /64$/.test(scalar)
}

export function isInteger(scalar: string): boolean {
  return /int|fixed/.test(scalar)
}

export function isNumber(scalar: string): boolean {
  return isInteger(scalar) || scalar === 'double' || scalar === 'float'
}

const widths: Readonly<Record<string, readonly [bits: number, signed: boolean]>> = {
  int8: [8, true],
  int16: [16, true],
  int32: [32, true],
  sint32: [32, true],
  sfixed32: [32, true],
  uint32: [32, false],
  fixed32: [32, false],
  int64: [64, true],
  sint64: [64, true],
  sfixed64: [64, true],
  uint64: [64, false],
  fixed64: [64, false],
}

/** Why the text is not a value of the scalar; undefined if it is. */
export function wrongScalar(text: string, scalar: string): string | undefined {
  if (text === '') return undefined
  if (isInteger(scalar)) {
    const [bits, signed] = widths[scalar] ?? [32, true]
    const range = signed ? `from −2^${bits - 1} to 2^${bits - 1}−1` : `from 0 to 2^${bits}−1`
    if (!/^-?\d+$/.test(text)) return `a whole number ${range}`
    const value = BigInt(text)
    return (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value
      ? undefined
      : `a whole number ${range}`
  }
  if (isNumber(scalar)) return Number.isNaN(Number(text)) && text !== 'NaN' ? 'a number' : undefined
  if (scalar === 'duration') return /^-?\d+(\.\d+)?s$/.test(text) ? undefined : 'seconds, such as 1.5s'
  if (scalar === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? undefined : 'a UUID'
  return undefined
}

/** The JSON value of a typed text. */
export function scalarOf(text: string, scalar: string): unknown {
  if (!isNumber(scalar) || isWide(scalar)) return text
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) ? value : text
}
