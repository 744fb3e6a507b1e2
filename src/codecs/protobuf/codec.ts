import { misuse } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ListType, MapType, OneOfCase, SetType, ValueType } from '../../schema/type.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { elementCost } from '../values/value-cost.js'
import { MapField, OneOfField, type ProtoCase, type ProtoField, SingularField } from './fields.js'
import { ProtoMessage } from './message.js'
import { Reader } from './reader.js'
import { type ElementType, listCollection, RepeatedField, setCollection } from './repeated.js'
import { type ProtoType, protoEnum, protoScalar } from './scalars.js'
import { protoDuration, protoTimestamp } from './time.js'
import { Writer } from './writer.js'

/**
 * Protocol Buffers' binary format, as in proto3: timestamps and durations as the well-known types, sets as repeated fields. Unknown fields are
 * skipped. A known field of the wrong wire type is an error, which protobuf does not demand.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`; at start-up `field_without_number` and `not_in_protobuf`.
 */
export const protobuf: Codec = {
  name: 'proto',
  contentTypes: ['proto', 'x-protobuf', 'protobuf'],
  isText: false,
  compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
    const type = new Compiler(options).message(schema)
    return serializerOf(schema.name, {
      writer: headroom => new Writer(headroom),
      write: (writer, message: T) => type.writeBody(writer, message, 0),
      read: (bytes, isOwn = false) => type.readBody(new Reader(bytes, isOwn), 0) as T,
    })
  },
}

/** Compiles one message and the messages within it; each once, since they may be recursive. */
class Compiler {
  private readonly messages = new Map<MessageSchema, ProtoMessage>()

  constructor(private readonly options: CodecOptions) {}

  message(schema: MessageSchema): ProtoMessage {
    const known = this.messages.get(schema)
    if (known !== undefined) return known
    const made = new ProtoMessage(schema, this.options)
    this.messages.set(schema, made)
    const numbered = schema.fields.map(field => [lowestNumber(field), this.field(schema, field)] as const)
    made.complete(numbered.sort(([one], [other]) => one - other).map(([, field]) => field))
    return made
  }

  private field(schema: MessageSchema, field: FieldSchema): ProtoField {
    const where = `${schema.class?.name ?? schema.name}.${field.key}`
    const { type } = field
    if (type.kind === 'oneof')
      return new OneOfField(
        field,
        type.cases.map(one => this.case(one, where)),
      )
    if ((type.kind === 'list' || type.kind === 'set' || type.kind === 'map') && field.presence === 'explicit') {
      throw misuse(
        'not_in_protobuf',
        `${where}: protobuf cannot tell an empty ${type.kind} from an absent one; leave out optional(...) and the initial elements, or put the ${type.kind} into a @Message of its own`,
      )
    }
    const number = field.number
    if (number === undefined) {
      throw misuse(
        'field_without_number',
        `${where}: protobuf needs field numbers; write @Field(${freeNumber(schema)}, ...)`,
      )
    }
    switch (type.kind) {
      case 'list':
        return new RepeatedField(field, number, this.elements(type, where), listCollection)
      case 'set':
        return new RepeatedField(field, number, this.elements(type, where), setCollection)
      case 'map':
        return new MapField(field, number, {
          key: this.key(type.key, where),
          value: this.single(type.value, where),
          limit: this.options.values,
        })
      default:
        return new SingularField(field, number, this.single(type, where))
    }
  }

  private elements(type: ListType | SetType, where: string): ElementType {
    const cost = type.kind === 'set' ? 1 : elementCost(type.element)
    return { type: this.single(type.element, where), cost, limit: this.options.values }
  }

  private case({ name, number, type }: OneOfCase, where: string): ProtoCase {
    if (number === undefined) {
      throw misuse(
        'field_without_number',
        `${where}: protobuf needs a number for each case; write oneOf({ ${name}: [1, ...] })`,
      )
    }
    return { name, number, type: this.single(type, where) }
  }

  private key(type: MapType['key'], where: string): ProtoType {
    if (type.kind === 'scalar' && notKeys.has(type.name)) {
      throw misuse(
        'not_in_protobuf',
        `${where}: protobuf has no maps with keys of ${type.name}; write mapOf(string, ...)`,
      )
    }
    return this.single(type, where)
  }

  private single(type: ValueType, where: string): ProtoType {
    switch (type.kind) {
      case 'scalar':
        if (type.name === 'timestamp') return protoTimestamp
        if (type.name === 'duration') return protoDuration
        return protoScalar(type.name)
      case 'enum':
        return protoEnum(type)
      case 'message':
        return this.message(type.message)
      default:
        throw misuse(
          'not_in_protobuf',
          `${where}: protobuf has no ${type.kind} directly within another; put it into a field of a @Message`,
        )
    }
  }
}

/** Protobuf's language guide, "Maps". */
const notKeys: ReadonlySet<string> = new Set(['double', 'float', 'bytes', 'timestamp', 'duration'])

function numbersOf({ type, number }: FieldSchema): number[] {
  const numbers = type.kind === 'oneof' ? type.cases.map(one => one.number) : [number]
  return numbers.filter(one => one !== undefined)
}

/** Fields are written in the order of their numbers, as other implementations do. */
function lowestNumber(field: FieldSchema): number {
  return Math.min(...numbersOf(field))
}

function freeNumber(schema: MessageSchema): number {
  return Math.max(0, ...schema.fields.flatMap(numbersOf)) + 1
}
