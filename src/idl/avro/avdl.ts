import type { AvroSchema, FixedSchema, PrimitiveSchema, RecordField, RecordSchema } from '../../codecs/avro/schema.js'
import type { AvroMessage, AvroProtocol, NamedSchema } from '../../protocols/avro/protocol-schema.js'
import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import type { JsonObject } from '../../schema/json-value.js'
import { docComment, indented } from '../lines.js'

/** A protocol in Avro's IDL. Types stand above those that use them, except where they refer to each other. */
export function protocolToAvdl(protocol: AvroProtocol): string {
  const space = packageOf(protocol.name)
  const writer = new AvdlWriter(space)
  const messages = [...protocol.messages.values()]
  const types = typesOf(messages, protocol.types).map(type => writer.declaration(type))
  const body = [...types, messages.flatMap(message => writer.message(message))]
  return [
    ...docComment(protocol.doc),
    ...(space === '' ? [] : [`@namespace(${JSON.stringify(space)})`]),
    ...annotations(protocol),
    `protocol ${name(lastName(protocol.name))} {`,
    ...body.flatMap((lines, at) => (at === 0 ? indented(lines) : ['', ...indented(lines)])),
    '}',
    '',
  ].join('\n')
}

function typesOf(messages: readonly AvroMessage[], others: readonly NamedSchema[] = []): NamedSchema[] {
  const order = new Set<NamedSchema>()
  const visiting = new Set<AvroSchema>()
  const visit = (schema: AvroSchema) => {
    if (visiting.has(schema)) return
    visiting.add(schema)
    if (schema.kind === 'array') visit(schema.items)
    else if (schema.kind === 'map') visit(schema.values)
    else if (schema.kind === 'union') schema.branches.forEach(visit)
    else if (schema.kind === 'record') {
      for (const field of schema.fields) visit(field.type)
      order.add(schema)
    } else if (schema.kind === 'enum' || schema.kind === 'fixed') order.add(schema)
  }
  for (const { parameters, response, errors } of messages) {
    for (const parameter of parameters) visit(parameter.type)
    visit(response)
    errors.forEach(visit)
  }
  others.forEach(visit)
  return [...order]
}

class AvdlWriter {
  constructor(private readonly space: string) {}

  declaration(schema: NamedSchema): string[] {
    const space = packageOf(schema.name)
    const namespace = space === this.space ? [] : [`@namespace(${JSON.stringify(space)})`]
    const head = [...docComment('doc' in schema ? schema.doc : undefined), ...namespace]
    const local = name(lastName(schema.name))
    if (schema.kind === 'fixed')
      return [...head, ...annotations(schema), `${logical(schema)}fixed ${local}(${schema.size});`]
    if (schema.kind === 'enum') {
      const fallback = schema.fallback === undefined ? '' : ` = ${schema.fallback};`
      return [...head, ...annotations(schema), `enum ${local} { ${schema.symbols.join(', ')} }${fallback}`]
    }
    const fields = schema.fields.flatMap(field => [...docComment(field.doc), `${this.field(field)};`])
    return [
      ...head,
      ...annotations(schema),
      `${schema.isError ? 'error' : 'record'} ${local} {`,
      ...indented(fields),
      '}',
    ]
  }

  message(message: AvroMessage): string[] {
    const { name: given, parameters, response, errors, oneWay, doc } = message
    const args = parameters.map(one => `${inline(one.doc)}${this.field(one)}`).join(', ')
    const thrown = errors.map(error => this.reference((error as RecordSchema).name))
    const suffix = oneWay ? ' oneway' : thrown.length === 0 ? '' : ` throws ${thrown.join(', ')}`
    const reply = response.kind === 'null' ? 'void' : this.type(response)
    // avsc, which import reads with, refuses a file with annotations before a union.
    const said = response.kind === 'union' ? [] : annotations(message)
    return [...docComment(doc), ...said, `${reply} ${name(given)}(${args})${suffix};`]
  }

  private field(field: RecordField): string {
    const { name: given, type, fallback, aliases } = field
    const alias = [...(aliases.length === 0 ? [] : [`@aliases(${JSON.stringify(aliases)})`]), ...annotations(field)]
      .map(one => `${one} `)
      .join('')
    const initial = fallback === undefined ? '' : ` = ${JSON.stringify(fallback)}`
    return `${this.type(type)} ${alias}${name(given)}${initial}`
  }

  private type(schema: AvroSchema): string {
    switch (schema.kind) {
      case 'array':
        return `array<${this.type(schema.items)}>`
      case 'map':
        return `map<${this.type(schema.values)}>`
      case 'union':
        return `union { ${schema.branches.map(branch => this.type(branch)).join(', ')} }`
      case 'record':
      case 'enum':
      case 'fixed':
        return this.reference(schema.name)
      default: {
        return (schema.logicalType && short[schema.logicalType]) ?? `${logical(schema)}${schema.kind}`
      }
    }
  }

  private reference(full: string): string {
    if (packageOf(full) !== this.space) return full
    const last = lastName(full)
    // avsc takes a word for what it means, whether it is escaped or not.
    const isQualified = words.has(last) && full !== last && !words.has(full.split('.', 1)[0] as string)
    return isQualified ? full : name(last)
  }
}

/** Logical types with a word of their own. `time_ms` is left out, which avsc reads as a long. */
const short: Readonly<Record<string, string>> = {
  date: 'date',
  'timestamp-millis': 'timestamp_ms',
}

function logical({ logicalType, precision, scale, ...rest }: PrimitiveSchema | FixedSchema): string {
  if (logicalType === undefined) return ''
  const sign = 'isUnsigned' in rest ? '@unsigned(true) ' : ''
  const digits = logicalType === 'decimal' ? `@precision(${precision}) @scale(${scale}) ${sign}` : ''
  return `@logicalType(${JSON.stringify(logicalType)}) ${digits}`
}

/** Words of the IDL. Source: idl.jj of Apache Avro. */
const words = new Set(
  (
    'array boolean bytes date decimal double enum error false fixed float idl import int local_timestamp_ms ' +
    'long map namespace null oneway protocol record schema string throws time_ms timestamp_ms true union uuid void'
  ).split(' '),
)

/** A description in a line with what it describes. */
function inline(doc: string | undefined): string {
  return docComment(doc?.replaceAll('\n', ' '))
    .map(line => `${line} `)
    .join('')
}

function annotations({ properties = {} }: { readonly properties?: JsonObject | undefined }): string[] {
  return Object.entries(properties).map(([key, value]) => `@${key}(${JSON.stringify(value)})`)
}

function name(text: string): string {
  return words.has(text) ? `\`${text}\`` : text
}
