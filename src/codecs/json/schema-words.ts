import { Code } from '../../core/code.js'
import type { JsonValue as Json, JsonObject } from '../../schema/json-value.js'
import { type FieldSchema, type MessageSchema, zeroOf } from '../../schema/message.js'
import { refinementText } from '../../schema/refinement.js'
import type { EnumType, OneOfCase, OneOfType, ScalarType, UnionType, ValueType } from '../../schema/type.js'
import { branchFinder, branchName } from '../../schema/union.js'
import { durationText } from '../values/time.js'
import { camelMask } from '../values/well-known.js'

// What `polywire import` needs to make the same classes again. It is in words of JSON Schema where there are any: `default`, `required`,
// `deprecated`. The rest begins with `x-polywire-`.

/** Of a field, or a case of a oneOf. */
export function fieldWords(field: FieldSchema | OneOfCase): JsonObject {
  const { number, name, jsonName, properties } = field
  return defined({
    'x-polywire-number': number,
    'x-polywire-name': name === jsonName ? undefined : name,
    ...('presence' in field && ownFieldWords(field)),
    'x-polywire-properties': properties as Json | undefined,
    'x-polywire-delimited': field.type.kind === 'message' ? field.type.delimited : undefined,
  })
}

function ownFieldWords(field: FieldSchema): Record<string, Json | undefined> {
  const { type, presence, aliases, deprecated, sensitive, nullAt, noDefault } = field
  const initial = field.makeDefault()
  const isPlain = isContainer(type) ? presence !== 'explicit' : presence === 'required' && initial === zeroOf(type)()
  const shown = isPlain ? undefined : jsonOf(initial, type)
  return {
    default: shown,
    'x-polywire-presence': presenceWord(field, shown),
    deprecated,
    'x-polywire-sensitive': sensitive,
    'x-polywire-aliases': aliases.length === 0 ? undefined : aliases,
    'x-polywire-null-at': nullAt,
    'x-polywire-no-default': noDefault,
  }
}

/** What `default` and `required` do not say. */
function presenceWord({ type, presence, isOptional }: FieldSchema, shown: Json | undefined): string | undefined {
  if (presence !== 'explicit') return undefined
  // Without a zero, a field may be absent anyway.
  if (shown === undefined)
    return isContainer(type) || (isOptional && zeroOf(type)() === undefined) ? 'optional' : undefined
  return isOptional ? 'optional' : 'explicit'
}

/** Whether a value is always there. */
export function isRequired({ presence, alwaysPresent }: FieldSchema): boolean {
  return presence === 'required' || alwaysPresent === true
}

export function messageWords({ class: own, isError, reserved, properties, create }: MessageSchema): JsonObject {
  const code = isError ? (create() as { readonly code: Code }).code : Code.unknown
  return defined({
    // Made of a method's arguments or its reply.
    'x-polywire-wrapper': own === undefined || undefined,
    'x-polywire-error': isError ? code === Code.unknown || Code[code] : undefined,
    'x-polywire-reserved': reserved,
    'x-polywire-properties': properties as Json | undefined,
  })
}

export function oneOfWords({ name, sensitive, type, makeDefault }: FieldSchema): JsonObject {
  const [json, value] = type.kind === 'oneof' ? (chosenOf(makeDefault(), type) ?? []) : []
  const initial = json === undefined || value === undefined ? undefined : { [json]: value }
  return defined({ 'x-polywire-name': name, 'x-polywire-sensitive': sensitive, default: initial })
}

export function enumWords({ values, unknown, docs, properties }: EnumType): JsonObject {
  const isCounted = values.every(({ number }, at) => number === at)
  return defined({
    'x-polywire-numbers': isCounted ? undefined : Object.fromEntries(values.map(one => [one.name, one.number])),
    'x-polywire-unknown': unknown === null ? null : unknown?.name,
    'x-polywire-member-properties': membersWith(values),
    'x-polywire-docs': docs.members.size === 0 ? undefined : Object.fromEntries(docs.members),
    'x-polywire-properties': properties as Json | undefined,
  })
}

function membersWith(values: EnumType['values']): Json | undefined {
  const entries = values.flatMap(({ name, properties }) =>
    properties === undefined ? [] : [[name, properties as Json]],
  )
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as JsonObject)
}

/** A scalar that JSON Schema describes as another one. */
export function scalarWords({ name, wrapped, refined }: ScalarType): JsonObject {
  if (refined?.kind === 'fixed') {
    const { doc, properties } = refined
    const own = defined({ doc, properties: properties as Json | undefined })
    const hasOwn = Object.keys(own).length > 0
    return { 'x-polywire-type': refinementText(refined), ...(hasOwn && { 'x-polywire-fixed': own }) }
  }
  if (refined !== undefined) return refined.kind === 'date' ? {} : { 'x-polywire-type': refinementText(refined) }
  if (wrapped) return { 'x-polywire-type': `wrapped ${name}` }
  return ambiguous.has(name) ? { 'x-polywire-type': name } : {}
}

const ambiguous: ReadonlySet<string> = new Set([
  'sint32',
  'fixed32',
  'sfixed32',
  'sint64',
  'fixed64',
  'sfixed64',
  'duration',
  'fieldMask',
])

/** A default in JSON; undefined for one that has keys which JSON cannot have. */
function jsonOf(value: unknown, type: ValueType): Json | undefined {
  if (value === undefined || value === null) return value
  if (type.kind === 'union') return branchOf(value, type)
  if (type.kind === 'message') return recordOf(value as Readonly<Record<string, unknown>>, type.message)
  if (type.kind === 'map') return mapOf(value as ReadonlyMap<unknown, unknown>, type)
  if (type.kind === 'enum') return type.values.find(one => one.value === value)?.name
  if (type.kind === 'list' || type.kind === 'set') {
    const elements = [...(value as Iterable<unknown>)].map(one => jsonOf(one, type.element))
    return elements.includes(undefined) ? undefined : (elements as Json[])
  }
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (type.kind === 'scalar' && type.name === 'duration') return durationText(value as number, '', 's')
  if (type.kind === 'scalar' && type.name === 'fieldMask') return camelMask(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return value as Json
}

/** `{"string": "x"}`, as the codec writes it. */
function branchOf(value: unknown, type: UnionType): Json | undefined {
  const branch = type.branches[branchFinder(type)(value)]
  const json = branch && jsonOf(value, branch)
  return branch === undefined || json === undefined || type.branches.length === 1
    ? json
    : { [branchName(branch)]: json }
}

/** The chosen case by its name in JSON. */
function chosenOf(value: unknown, { cases }: OneOfType): readonly [name: string, value: Json | undefined] | undefined {
  const chosen = value as { readonly case: string; readonly value: unknown } | undefined
  const found = cases.find(one => one.name === chosen?.case)
  return chosen && found && [found.jsonName, jsonOf(chosen.value, found.type)]
}

function mapOf(value: ReadonlyMap<unknown, unknown>, type: ValueType & { kind: 'map' }): Json | undefined {
  const entries = [...value].map(([key, one]) => [jsonOf(key, type.key), jsonOf(one, type.value)] as const)
  if (entries.some(([key, one]) => key === undefined || one === undefined || typeof key === 'object')) return undefined
  return Object.fromEntries(entries) as JsonObject
}

/** The fields that have a value. */
function recordOf(value: Readonly<Record<string, unknown>>, { fields }: MessageSchema): Json | undefined {
  const entries = fields
    .filter(({ key }) => value[key] !== undefined)
    .map(({ key, jsonName, type }) =>
      type.kind === 'oneof'
        ? (chosenOf(value[key], type) ?? [jsonName, undefined])
        : [jsonName, jsonOf(value[key], type)],
    )
  return entries.some(([, one]) => one === undefined) ? undefined : (Object.fromEntries(entries) as JsonObject)
}

function isContainer({ kind }: ValueType | OneOfType): boolean {
  return kind === 'list' || kind === 'set' || kind === 'map'
}

function defined(words: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined)) as JsonObject
}
