import type { Codec, CodecOptions } from '../../codecs/codec.js'
import type { MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'
import { asInvalid, messageOf } from '../json/codec.js'
import { WireMessage } from './message.js'
import { ProtoReader } from './reader.js'
import { enumForm, scalarForm, type WireForm } from './scalars.js'
import { duration, timestamp, wellKnown, wrapperOf } from './well-known.js'
import { ProtoWriter } from './writer.js'

/**
 * Protocol Buffers' binary format for pages, by way of their JSON: it has the same checks and the same types, and takes few bytes in a
 * bundle. Fields that a class does not have are passed over.
 *
 * @example
 * const hello = connect(Hello, 'https://api.example.com', { codec: protobuf })
 *
 * @see docs/guide/web.md
 */
export const protobuf: Codec = {
  name: 'proto',
  contentTypes: ['proto', 'x-protobuf', 'protobuf'],
  isText: false,
  compile(schema, options) {
    const json = messageOf(schema, options)
    const wire = wireOf(schema, options)
    return {
      encode: message =>
        asInvalid(schema, () => {
          const writer = new ProtoWriter()
          wire.write(writer, json.write(message, 0))
          return writer.written()
        }),
      decode: bytes => asInvalid(schema, () => json.read(wire.read(new ProtoReader(bytes), 0), 0) as never),
    }
  },
}

/** Each message once, since they may be recursive. */
function wireOf(schema: MessageSchema, { depth }: CodecOptions): WireForm {
  const messages = new Map<MessageSchema, WireMessage>()
  const message = (schema: MessageSchema): WireForm => {
    const known = messages.get(schema)
    if (known !== undefined) return known
    const made = new WireMessage(schema, depth)
    messages.set(schema, made)
    made.complete(formOf)
    return made
  }
  const formOf = (type: ValueType): WireForm => {
    if (type.kind === 'message') return message(type.message)
    if (type.kind === 'enum') return enumForm(type)
    if (type.kind !== 'scalar') throw new Error(`a ${type.kind} directly within another`)
    const { name, wrapped } = type
    switch (name) {
      case 'timestamp':
        return timestamp
      case 'duration':
        return duration
      case 'struct':
      case 'value':
      case 'listValue':
      case 'nullValue':
      case 'fieldMask':
        return wellKnown[name]
      default:
        return wrapped ? wrapperOf(scalarForm(name)) : scalarForm(name)
    }
  }
  return message(schema)
}
