import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { MapType, OneOfType, ValueType } from '../schema/type.js'
import { type ClassTransform, classTransformOf, isLoose } from './class-transform.js'
import type { Codec, CodecOptions, Serializer } from './codec.js'
import { asInvalidMessage, Fault, mismatch } from './fault.js'
import { booleanKey, isObject, jsonList, jsonMap, jsonSet } from './json-collections.js'
import { jsonEnum } from './json-enum.js'
import { type CaseJson, type FieldJson, names, OneOfField, PlainField } from './json-fields.js'
import { looseJson } from './json-plain.js'
import { type JsonType, jsonScalar } from './json-scalars.js'
import { parseJson } from './json-text.js'
import { fieldsToFill } from './presence.js'

/**
 * The protobuf JSON mapping (ProtoJSON): 64-bit integers as strings, bytes in base64, enums by name, timestamps in RFC 3339, the cases of a
 * oneOf as fields of the message they stand in. Fields of implicit presence that are zero are not written; unknown ones are ignored; null
 * means absent.
 *
 * Errors: `invalid_argument` with the reason `malformed_json` for what is no JSON, else `invalid_message`.
 */
export const json: Codec = {
  name: 'json',
  contentTypes: ['json'],
  isText: true,
  compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
    const compiler = new Compiler(options)
    const type = compiler.message(schema)
    return {
      encode(message) {
        try {
          return Buffer.from(type.write(message, 0))
        } catch (error) {
          throw asInvalidMessage(error, schema.name)
        }
      },
      decode(bytes) {
        try {
          return type.read(parseJson(bytes, compiler.exactIntegers), 0) as T
        } catch (error) {
          throw asInvalidMessage(error, schema.name)
        }
      },
    }
  },
}

/** Compiles the types that one message reaches, each message once, since they may be recursive. */
class Compiler {
  /** The message reaches 64-bit integers, which JSON.parse would round. */
  exactIntegers = false
  private readonly messages = new Map<MessageSchema, JsonType>()

  constructor(private readonly options: CodecOptions) {}

  message(schema: MessageSchema): JsonType {
    const known = this.messages.get(schema)
    if (known !== undefined) return known
    if (isWrapper(schema)) return this.wrapper(schema)
    const transform = classTransformOf(schema, this.options.transform)
    if (transform !== undefined) return this.transformed(schema, transform)
    const made = new MessageJson(schema, this.options.depth)
    this.messages.set(schema, made)
    const fill = fieldsToFill(schema)
    for (const field of schema.fields) made.fields.push(this.field(field, fill.has(field)))
    return made
  }

  private transformed(schema: MessageSchema, transform: ClassTransform): JsonType {
    const made: JsonType = {
      write: (value, depth) => written.write(transform.toPlain(value), depth),
      read: (json, depth) => transform.toInstance(read.read(json, depth)),
    }
    this.messages.set(schema, made)
    const [written, read] = [this.message(transform.written), this.message(transform.read)]
    return made
  }

  private wrapper(schema: MessageSchema): JsonType {
    const [field] = schema.fields as [FieldSchema]
    const type = this.type(field.type)
    const made: JsonType = {
      write(value, depth) {
        if (!isObject(value)) throw mismatch(schema.name, value)
        return type.write(value[field.key] ?? field.makeDefault(), depth)
      },
      read: (json, depth) => Object.assign(schema.create() as Fields, { [field.key]: type.read(json, depth) }),
    }
    this.messages.set(schema, made)
    return made
  }

  private field(field: FieldSchema, fill: boolean): FieldJson {
    if (field.type.kind === 'oneof') return new OneOfField(field, fill, this.cases(field.type))
    const type = this.type(field.type)
    return new PlainField(field, fill, isLoose(field) ? looseJson(type) : type)
  }

  private key(type: MapType['key']): JsonType {
    return type.kind === 'scalar' && type.name === 'bool' ? booleanKey : this.type(type)
  }

  private cases({ cases }: OneOfType): CaseJson[] {
    return cases.map(one => ({ ...names(one), type: this.type(one.type) }))
  }

  private type(type: ValueType): JsonType {
    switch (type.kind) {
      case 'scalar':
        if (type.name.endsWith('64')) this.exactIntegers = true
        return jsonScalar(type.name)
      case 'enum':
        return jsonEnum(type)
      case 'message':
        return this.message(type.message)
      case 'list':
        return jsonList(this.type(type.element))
      case 'set':
        return jsonSet(this.type(type.element))
      case 'map':
        return jsonMap(this.key(type.key), this.type(type.value))
      case 'oneof':
        throw new Error('a oneOf stands only in a field')
    }
  }
}

/** In JSON the value alone stands for it. Source: protobuf's wrappers.proto. */
function isWrapper({ name, fields }: MessageSchema): boolean {
  const isNamed = /^google\.protobuf\.(?:Double|Float|U?Int(?:32|64)|Bool|String|Bytes)Value$/.test(name)
  return isNamed && fields.length === 1 && fields[0]?.type.kind === 'scalar'
}

type Fields = Record<string, unknown>

class MessageJson implements JsonType {
  readonly fields: FieldJson[] = []

  constructor(
    private readonly schema: MessageSchema,
    private readonly depth: number,
  ) {}

  write(value: unknown, depth: number): string {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    this.checkDepth(depth)
    let text = ''
    for (const field of this.fields) {
      const written = field.write(value, depth + 1)
      if (written !== '') text += text === '' ? written : `,${written}`
    }
    return `{${text}}`
  }

  read(json: unknown, depth: number): unknown {
    if (!isObject(json)) throw mismatch(`object (${this.schema.name})`, json)
    this.checkDepth(depth)
    const message = this.schema.create() as Fields
    for (const field of this.fields) field.read(json, message, depth + 1)
    return message
  }

  private checkDepth(depth: number): void {
    if (depth > this.depth) throw new Fault(`nested deeper than ${this.depth} messages`)
  }
}
