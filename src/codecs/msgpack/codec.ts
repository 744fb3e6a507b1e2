import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { OneOfCase, ValueType } from '../../schema/type.js'
import { SpareReader } from '../bytes/spare-reader.js'
import { checkTransforms, classTransformOf, isLoose, transformedType } from '../class-transformer/class-transform.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { identityOf } from '../values/identity.js'
import { listRoom } from '../values/list-room.js'
import { takesNull } from '../values/presence.js'
import { PackList, PackMap, PackSet } from './collections.js'
import {
  type Fields,
  OneOfField,
  PackEntry,
  type PackField,
  type PackKeys,
  PackMessage,
  PlainField,
} from './message.js'
import { loosePack } from './plain.js'
import { PackReader } from './reader.js'
import { type PackType, packEnum, packScalar } from './scalars.js'
import { packUnion } from './union.js'
import { PackWriter } from './writer.js'

/**
 * MessagePack: messages as maps by field name, enums by name, integers (also of 64 bits) in their shortest form, bytes as bin, timestamps
 * as the extension type -1, durations as milliseconds, and the cases of a oneOf as fields of its message. A field with implicit presence is
 * not written if it is zero. Unknown fields are skipped. Nil means absent. Source: msgpack/spec.md.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`.
 */
export const msgpack: Codec = packCodec('msgpack', ['msgpack', 'x-msgpack', 'vnd.msgpack'], 'name')

/** MessagePack with field numbers as keys and enums by number. Each of the two codecs reads what the other writes. */
export const msgpackCompact: Codec = packCodec('msgpack-compact', ['msgpack-compact', 'x-msgpack-compact'], 'number')

function packCodec(name: string, contentTypes: readonly string[], keys: PackKeys): Codec {
  return {
    name,
    contentTypes,
    isText: false,
    check: checkTransforms,
    compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
      checkTransforms(schema, options)
      return serializerOf(schema, () => {
        const type = new Compiler(keys, options).message(schema)
        const readers = new SpareReader(bytes => new PackReader(bytes))
        return {
          writer: headroom => new PackWriter(headroom),
          write: (writer, message: T) => type.write(writer, message, 0),
          read(bytes) {
            const reader = readers.take(bytes)
            const message = type.read(reader, 0) as T
            reader.finish()
            readers.giveBack(reader)
            return message
          },
        }
      })
    },
  }
}

/** Compiles one message and the messages within it; each once, since they may be recursive. */
class Compiler {
  private readonly messages = new Map<MessageSchema, PackType>()

  constructor(
    private readonly keys: PackKeys,
    private readonly options: CodecOptions,
  ) {}

  message(schema: MessageSchema): PackType {
    const known = this.messages.get(schema)
    if (known !== undefined) return known
    const transform = classTransformOf(schema, this.options.transform)
    if (transform !== undefined)
      return transformedType(transform, {
        register: type => this.register(schema, type),
        message: plain => this.message(plain),
      })
    const made = this.register(schema, new PackMessage(schema, this.options))
    made.complete(schema.fields.map(field => this.field(field)))
    return made
  }

  private register<T extends PackType>(schema: MessageSchema, type: T): T {
    this.messages.set(schema, type)
    return type
  }

  private field(field: FieldSchema): PackField {
    const { key, name, number } = field
    if (field.type.kind === 'oneof')
      return new OneOfField(
        key,
        field.type.cases.map(one => this.case(key, one)),
      )
    const set = (message: Fields, value: unknown) => {
      message[key] = value
    }
    const type = this.type(field.type)
    const entry = new PackEntry(
      { name, number, keys: this.keys, takesNil: takesNull(field.type) },
      isLoose(field) ? loosePack(type, this.options.values) : type,
      set,
    )
    return new PlainField(field, entry)
  }

  private case(key: string, { name, number, type }: OneOfCase): PackEntry {
    const set = (message: Fields, value: unknown) => {
      message[key] = { case: name, value }
    }
    return new PackEntry({ name, number, keys: this.keys, takesNil: takesNull(type) }, this.type(type), set)
  }

  private type(type: ValueType): PackType {
    switch (type.kind) {
      case 'scalar':
        return packScalar(type, this.options.values)
      case 'enum':
        return packEnum(type, this.keys === 'number')
      case 'message':
        return this.message(type.message)
      case 'list':
        return new PackList(this.type(type.element), listRoom(type.element), this.options.values)
      case 'set':
        return new PackSet(this.type(type.element), this.options.values, identityOf(type.element))
      case 'map':
        return new PackMap(this.type(type.key), this.type(type.value), this.options.values, identityOf(type.key))
      case 'union':
        return packUnion(
          type,
          type.branches.map(branch => this.type(branch)),
        )
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }
}
