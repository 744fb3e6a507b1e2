import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ListType, OneOfCase, ScalarType, SetType, ValueType } from '../../schema/type.js'
import { SpareReader } from '../bytes/spare-reader.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { identityOf } from '../values/identity.js'
import { elementCost } from '../values/value-cost.js'
import { MapField, OneOfField, type ProtoCase, type ProtoField, SingularField } from './fields.js'
import { ProtoGroup } from './group.js'
import { ProtoMessage } from './message.js'
import { Reader } from './reader.js'
import { type ElementType, listCollection, RepeatedField, setCollection } from './repeated.js'
import { type ProtoType, protoEnum, protoScalar, refinedProto, type SimpleScalar } from './scalars.js'
import { checkSchema, numberOf, numberOfCase, numbersOf, placeOf } from './schema-check.js'
import { protoDuration, protoTimestamp, protoTimestampIn } from './time.js'
import { UnknownFieldStore } from './unknown-fields.js'
import { ProtoJson, protoFieldMask, protoNull, wrapperOf } from './well-known.js'
import { Writer } from './writer.js'

/** Options of `protobufCodec`. */
export interface ProtobufOptions {
  /**
   * What becomes of fields that a class does not have. `keep`: a decoded message holds them, out of sight, and they are written again with
   * it, so that a service in the middle loses nothing that newer services send each other. `drop`: they are read past. Default: `keep`.
   */
  readonly unknownFields?: 'keep' | 'drop'
}

/**
 * Makes a protobuf codec with options. It replaces the built-in one.
 *
 * @example
 * await serve([Hello], { codecs: [protobufCodec({ unknownFields: 'drop' })] })
 *
 * @see docs/guide/codecs.md
 */
export function protobufCodec({ unknownFields = 'keep' }: ProtobufOptions = {}): Codec {
  const keeps = unknownFields === 'keep'
  return {
    name: 'proto',
    contentTypes: ['proto', 'x-protobuf', 'protobuf'],
    isText: false,
    check: checkSchema,
    compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
      checkSchema(schema)
      return serializerOf(schema, () => {
        const type = new Compiler(options, keeps).message(schema)
        const readers = new SpareReader(bytes => new Reader(bytes))
        return {
          writer: headroom => new Writer(headroom),
          write: (writer, message: T) => type.writeBody(writer, message, 0),
          read(bytes, isOwn = false) {
            const reader = readers.take(bytes)
            reader.isOwn = isOwn
            const message = type.readBody(reader, 0) as T
            readers.giveBack(reader)
            return message
          },
        }
      })
    },
  }
}

/**
 * Protocol Buffers' binary format, as in proto3: timestamps and durations as the well-known types, sets as repeated fields. Unknown fields
 * are kept and written again. A known field of the wrong wire type is an error, which protobuf does not demand.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`; at start-up `field_without_number` and `not_in_protobuf`.
 */
export const protobuf: Codec = /* @__PURE__ */ protobufCodec()

/** Compiles one message and the messages within it; each once, since they may be recursive. */
class Compiler {
  private readonly messages = new Map<MessageSchema, ProtoMessage>()

  constructor(
    private readonly options: CodecOptions,
    private readonly keepsUnknown: boolean,
  ) {}

  message(schema: MessageSchema): ProtoMessage {
    const known = this.messages.get(schema)
    if (known !== undefined) return known
    const unknown = this.keepsUnknown ? new UnknownFieldStore(schema, this.options.values) : undefined
    const made = new ProtoMessage(schema, this.options, unknown)
    this.messages.set(schema, made)
    const numbered = schema.fields.map(field => [lowestNumber(field), this.field(schema, field)] as const)
    made.complete(numbered.sort(([one], [other]) => one - other).map(([, field]) => field))
    return made
  }

  private field(schema: MessageSchema, field: FieldSchema): ProtoField {
    const { type } = field
    if (type.kind === 'oneof')
      return new OneOfField(
        field,
        type.cases.map(one => this.case(one, placeOf(schema, field))),
      )
    const number = numberOf(schema, field)
    switch (type.kind) {
      case 'list':
        return new RepeatedField(field, number, this.elements(type, number), listCollection)
      case 'set': {
        const collection = setCollection(identityOf(type.element), this.options.values)
        return new RepeatedField(field, number, this.elements(type, number), collection)
      }
      case 'map':
        return new MapField(field, number, {
          key: this.single(type.key),
          value: this.single(type.value),
          limit: this.options.values,
        })
      default:
        return new SingularField(field, number, this.single(type, number))
    }
  }

  private elements(type: ListType | SetType, number: number): ElementType {
    const cost = type.kind === 'set' ? 1 : elementCost(type.element)
    return { type: this.single(type.element, number), cost, limit: this.options.values }
  }

  private case(one: OneOfCase, where: string): ProtoCase {
    const number = numberOfCase(one, where)
    return { name: one.name, number, type: this.single(one.type, number) }
  }

  /** @param number of the field; undefined within a map, which has no groups */
  private single(type: ValueType, number?: number): ProtoType {
    switch (type.kind) {
      case 'scalar':
        return this.scalar(type)
      case 'enum':
        return protoEnum(type)
      case 'message': {
        const message = this.message(type.message)
        return type.delimited && number !== undefined ? new ProtoGroup(message, number) : message
      }
      default:
        throw new Error(`a ${type.kind} directly within another`)
    }
  }

  private scalar({ name, wrapped, refined }: ScalarType): ProtoType {
    if (refined?.kind === 'timestamp') return protoTimestampIn(refined)
    if (refined !== undefined) return refinedProto(protoScalar(name as SimpleScalar), refined)
    switch (name) {
      case 'timestamp':
        return protoTimestamp
      case 'duration':
        return protoDuration
      case 'nullValue':
        return protoNull
      case 'fieldMask':
        return protoFieldMask
      case 'struct':
      case 'value':
      case 'listValue':
        return new ProtoJson(this.options.values)[name]
      default:
        return wrapped ? wrapperOf(protoScalar(name)) : protoScalar(name)
    }
  }
}

/** Fields are written in the order of their numbers, as other implementations do. */
function lowestNumber(field: FieldSchema): number {
  return Math.min(...numbersOf(field))
}
