import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { Packing } from '../../schema/packing.js'
import type { OneOfType, ValueType } from '../../schema/type.js'
import { classTransformOf, isLoose, transformedType } from '../class-transformer/class-transform.js'
import type { CodecOptions } from '../codec.js'
import { identityOf } from '../values/identity.js'
import { listRoom } from '../values/list-room.js'
import { fieldsToFill } from '../values/presence.js'
import { jsonAny, packingOf } from './any.js'
import { JsonValues } from './budget.js'
import { booleanKey, jsonList, jsonMap, jsonSet } from './collections.js'
import { jsonEnum } from './enum.js'
import { type CaseJson, type FieldJson, names, OneOfField, PlainField } from './fields.js'
import { JsonMessage, JsonWrapper } from './message.js'
import { looseJson } from './plain.js'
import { jsonScalar } from './scalars.js'
import { jsonUnion } from './union.js'
import { type JsonType, scannedAsRead } from './value.js'

/** Compiles one message and the types within it; each message once, since messages may be recursive. */
export class JsonCompiler {
  /** Whether there are 64-bit integers, which JSON.parse would round. */
  exactIntegers = false
  /** Whether there are class-transformer's decorators. Their code must run once per message, so a message is never read a second time. */
  runsTransforms = false
  readonly values: JsonValues
  private readonly messages = new Map<MessageSchema, JsonType>()

  constructor(private readonly options: CodecOptions) {
    this.values = new JsonValues(options.values)
  }

  message(schema: MessageSchema): JsonType {
    const compiled = this.messages.get(schema)
    if (compiled !== undefined) return compiled
    if (isWrapper(schema)) return this.wrapper(schema)
    const known = packingOf(schema)
    if (known !== undefined) return this.any(schema, known)
    const transform = classTransformOf(schema, this.options.transform)
    if (transform !== undefined) {
      this.runsTransforms = true
      return transformedType(transform, {
        register: type => this.register(schema, scannedAsRead(type)),
        message: plain => this.message(plain),
      })
    }
    const made = this.register(schema, new JsonMessage(schema, this.options.depth, this.values))
    const fill = fieldsToFill(schema)
    made.complete(
      schema.fields.map(field => this.field(field, fill.has(field))),
      schema.fields.filter(field => fill.has(field)),
    )
    return made
  }

  private register<T extends JsonType>(schema: MessageSchema, type: T): T {
    this.messages.set(schema, type)
    return type
  }

  private wrapper(schema: MessageSchema): JsonType {
    const [field] = schema.fields as [FieldSchema]
    return this.register(schema, new JsonWrapper(schema, this.type(field.type), this.values))
  }

  /** What it holds is compiled when it arrives, and read once, since its code may run class-transformer's decorators. */
  private any(schema: MessageSchema, known: Packing): JsonType {
    this.exactIntegers = true
    this.runsTransforms = true
    return this.register(
      schema,
      jsonAny(known, type => this.type(type), this.options.depth),
    )
  }

  private field(field: FieldSchema, fill: boolean): FieldJson {
    if (field.type.kind === 'oneof') return new OneOfField(field, fill, this.cases(field.type))
    const type = this.type(field.type)
    return new PlainField(field, fill, isLoose(field) ? looseJson(type) : type)
  }

  private key(type: ValueType): JsonType {
    return type.kind === 'scalar' && type.name === 'bool' ? booleanKey : this.type(type)
  }

  private cases({ cases }: OneOfType): CaseJson[] {
    return cases.map(one => ({ ...names(one), type: this.type(one.type) }))
  }

  private type(type: ValueType): JsonType {
    switch (type.kind) {
      case 'scalar':
        if (type.name.endsWith('64')) this.exactIntegers = true
        return jsonScalar(type, this.values)
      case 'enum':
        return jsonEnum(type)
      case 'message':
        return this.message(type.message)
      case 'list':
        return jsonList(this.type(type.element), listRoom(type.element), this.values)
      case 'set':
        return jsonSet(this.type(type.element), this.values, identityOf(type.element))
      case 'map':
        return jsonMap(this.key(type.key), this.type(type.value), this.values)
      case 'union':
        return jsonUnion(
          type,
          type.branches.map(branch => this.type(branch)),
        )
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }
}

/** In JSON a wrapper is its value alone. Source: protobuf's wrappers.proto. */
function isWrapper({ name, fields }: MessageSchema): boolean {
  const isNamed = /^google\.protobuf\.(?:Double|Float|U?Int(?:32|64)|Bool|String|Bytes)Value$/.test(name)
  return isNamed && fields.length === 1 && fields[0]?.type.kind === 'scalar'
}
