import { misuse } from '../../core/rpc-error.js'
import type { MessageSchema } from '../../schema/message.js'
import { type Refinement, refinementText } from '../../schema/refinement.js'
import type { EnumType, MapType, OneOfCase, OneOfType, UnionType, ValueType, WellKnownName } from '../../schema/type.js'
import { branchName } from '../../schema/union.js'
import { type ScalarForms, scalarOf } from '../values/scalar-forms.js'
import { enumWords, fieldWords, isRequired, messageWords, oneOfWords, scalarWords } from './schema-words.js'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/**
 * The JSON Schemas of messages and enums by their full names, each made when it is first referred to. What they describe is what the JSON
 * codec writes. Source: JSON Schema 2020-12; protobuf's ProtoJSON format.
 */
export class JsonSchemas {
  private readonly made = new Map<string, JsonObject>()

  /**
   * @param base where the schemas stand: `#/$defs/`
   * @param isWhole whether `polywire import` can make the same classes of them. Default: they say what is valid, and no more
   * @param names of messages that have others than their own
   */
  constructor(
    private readonly base: string,
    private readonly isWhole = false,
    private readonly names: ReadonlyMap<MessageSchema, string> = new Map(),
  ) {}

  nameOf(message: MessageSchema): string {
    return this.names.get(message) ?? message.name
  }

  /** In the order in which they were first referred to. */
  definitions(): JsonObject {
    return Object.fromEntries(this.made)
  }

  message(schema: MessageSchema): JsonObject {
    return this.reference(this.nameOf(schema), () => this.object(schema))
  }

  /** The schema of a message, not a reference to it. */
  object(message: MessageSchema): JsonObject {
    const { fields, isError, doc } = message
    const properties: Record<string, Json> = {}
    const choices: Json[] = []
    for (const field of fields) {
      const { key, jsonName, type, doc } = field
      if (type.kind === 'oneof') {
        for (const one of type.cases)
          properties[one.jsonName] = described(
            one.doc,
            this.with(() => fieldWords(one), this.type(one.type)),
          )
        choices.push(
          described(
            doc,
            this.with(() => oneOfWords(field), choice(type)),
          ),
        )
        continue
      }
      const own = this.with(() => fieldWords(field), this.type(type))
      const text: JsonObject = this.isWhole && isError && key === 'message' ? { 'x-polywire-text': true } : {}
      properties[jsonName] = described(doc, { ...own, ...text })
    }
    const required = this.isWhole ? fields.filter(isRequired).map(({ jsonName }) => jsonName) : []
    return described(doc, {
      type: 'object',
      properties,
      ...(required.length === 0 ? {} : { required }),
      ...(choices.length === 0 ? {} : { allOf: choices }),
      ...this.with(() => messageWords(message), {}),
    })
  }

  private with(words: () => JsonObject, schema: JsonObject): JsonObject {
    return this.isWhole ? { ...schema, ...words() } : schema
  }

  type(type: ValueType): JsonObject {
    switch (type.kind) {
      case 'scalar':
        return this.with(
          () => scalarWords(type),
          type.refined === undefined ? scalarOf(type.name, scalars) : refined(type.refined),
        )
      case 'enum':
        return type.name === undefined ? this.enum(type) : this.reference(type.name, () => this.enum(type))
      case 'message':
        return this.message(type.message)
      case 'list':
        return { type: 'array', items: this.type(type.element) }
      case 'set':
        return { type: 'array', items: this.type(type.element), uniqueItems: true }
      case 'map':
        return this.map(type)
      case 'union':
        return this.union(type)
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }

  private enum(type: EnumType): JsonObject {
    return this.with(() => enumWords(type), enumeration(type))
  }

  private union({ branches, isNullable, nullAt }: UnionType): JsonObject {
    const choices = branches.map((type): JsonObject => {
      if (branches.length === 1) return this.type(type)
      const name = branchName(type)
      return { type: 'object', properties: { [name]: this.type(type) }, required: [name], additionalProperties: false }
    })
    const anyOf = isNullable ? [...choices, { type: 'null' }] : choices
    const own: JsonObject = {
      ...(branches.length > 1 && { 'x-polywire-type': 'union' }),
      ...(nullAt !== undefined && { 'x-polywire-null-at': nullAt }),
    }
    return this.with(() => own, { anyOf })
  }

  private map({ key, value }: MapType): JsonObject {
    if (key.kind !== 'scalar' && key.kind !== 'enum')
      throw misuse('invalid_map_key', `keys of maps are text in JSON, and a ${key.kind} has no form as text`)
    const pattern = key.kind === 'enum' ? undefined : keyPatterns[key.name]
    const names = pattern === undefined ? {} : { pattern }
    const keyText = key.kind === 'enum' || key.refined === undefined ? key.name : refinementText(key.refined)
    const own = key.kind === 'enum' ? this.type(key) : { ...names, 'x-polywire-type': keyText ?? '' }
    const isText = keyText === 'string'
    const propertyNames = this.isWhole && !isText ? own : names
    return {
      type: 'object',
      ...(Object.keys(propertyNames).length === 0 ? {} : { propertyNames }),
      additionalProperties: this.type(value),
    }
  }

  private reference(name: string, make: () => JsonObject): JsonObject {
    if (!this.made.has(name)) {
      this.made.set(name, {})
      this.made.set(name, make())
    }
    return { $ref: this.base + name }
  }
}

/** At most one of the cases. */
function choice({ cases }: OneOfType): JsonObject {
  const has = ({ jsonName }: OneOfCase): JsonObject => ({ required: [jsonName] })
  return { oneOf: [...cases.map(has), { not: { anyOf: cases.map(has) } }] }
}

/** An open enum also has numbers that this version does not know. */
function enumeration({ values, open, docs }: EnumType): JsonObject {
  const names: JsonObject = { type: 'string', enum: [...new Set(values.map(value => value.name))] }
  const number = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }
  return described(docs.own, open ? { anyOf: [names, number] } : names)
}

/** A schema with a description, which may stand beside `$ref` too. */
export function described(description: string | undefined, schema: JsonObject): JsonObject {
  return description === undefined ? schema : { description, ...schema }
}

const whole = '^-?[0-9]+$'
const keyPatterns: Readonly<Record<string, string | undefined>> = {
  bool: '^(?:true|false)$',
  ...Object.fromEntries(
    [
      'int8',
      'int16',
      'int32',
      'uint32',
      'sint32',
      'fixed32',
      'sfixed32',
      'int64',
      'uint64',
      'sint64',
      'fixed64',
      'sfixed64',
    ].map(name => [name, name.startsWith('u') || name.startsWith('fixed') ? '^[0-9]+$' : whole]),
  ),
}

const wellKnown: Readonly<Record<WellKnownName, JsonObject>> = {
  struct: { type: 'object' },
  value: {},
  listValue: { type: 'array' },
  nullValue: { type: 'null' },
  fieldMask: { type: 'string' },
}

const scalars: ScalarForms<JsonObject> = {
  floating: name => ({
    anyOf: [
      { type: 'number', format: name },
      { type: 'string', enum: ['NaN', 'Infinity', '-Infinity', '-0'] },
    ],
  }),
  integer: (_name, minimum, maximum) => ({ type: 'integer', minimum, maximum }),
  long: (_name, min) => ({
    type: 'string',
    format: min < 0n ? 'int64' : 'uint64',
    pattern: min < 0n ? whole : '^[0-9]+$',
  }),
  text: name => (name === 'uuid' ? { type: 'string', format: 'uuid' } : { type: 'string' }),
  bool: { type: 'boolean' },
  bytes: { type: 'string', contentEncoding: 'base64' },
  timestamp: { type: 'string', format: 'date-time' },
  duration: { type: 'string', pattern: '^-?[0-9]+(?:\\.[0-9]{1,9})?s$' },
  wellKnown: name => wellKnown[name],
}

function refined(type: Refinement): JsonObject {
  switch (type.kind) {
    case 'fixed':
      return { type: 'string', contentEncoding: 'base64' }
    case 'decimal':
      return { type: 'string', pattern: `^-?[0-9]+${type.scale === 0 ? '' : `(?:\\.[0-9]{1,${type.scale}})?`}$` }
    case 'date':
      return { type: 'string', format: 'date' }
    case 'timestamp':
      return { type: 'string', format: 'date-time' }
    case 'timeOfDay':
      return { type: 'string', pattern: `^${time}$` }
    default:
      return { type: 'string', pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}T${time}$` }
  }
}

const time = '[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,9})?'
