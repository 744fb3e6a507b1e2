import { parseJson } from '../../../../codecs/bytes/json-text.js'
import type { Codec, CodecOptions, Serializer } from '../../../../codecs/codec.js'
import { asInvalidMessage } from '../../../../codecs/values/fault.js'
import { messageOf } from '../../../../decorators/wrapper-message.js'
import type { FieldSchema } from '../../../../schema/message.js'

/** Reads and writes one field of a message as a whole body. @param codec JSON */
export function bodyValue(codec: Codec, field: FieldSchema, options: CodecOptions): Serializer {
  if (field.type.kind === 'message') return messageValue(codec.compile(field.type.message, options), field)
  // A field that is written even if it is zero, in an object that is taken off again.
  const value: FieldSchema = {
    ...field,
    key: 'value',
    name: 'value',
    jsonName: 'value',
    aliases: [],
    presence: 'explicit',
  }
  const wrapped = codec.compile(messageOf(field.name, [value]), options)
  return {
    encode(message) {
      const bytes = wrapped.encode({ value: message })
      return bytes.byteLength === 2 ? nullBytes : bytes.subarray(before.byteLength, -after.byteLength)
    },
    decode(bytes) {
      try {
        // Otherwise the text `1,"value":2` would pass.
        parseJson(bytes, { exactIntegers: false, values: options.values })
      } catch (error) {
        throw asInvalidMessage(error, field.name)
      }
      return (wrapped.decode(Buffer.concat([before, bytes, after])) as { value: unknown }).value
    },
  }
}

const before = Buffer.from('{"value":')
const after = Buffer.from('}')
const nullBytes = Buffer.from('null')

/** An absent message is null. */
function messageValue(serializer: Serializer, { name }: FieldSchema): Serializer {
  return {
    encode: message => (message === undefined || message === null ? nullBytes : serializer.encode(message)),
    decode(bytes) {
      try {
        return serializer.decode(bytes)
      } catch (error) {
        throw asInvalidMessage(error, name)
      }
    },
  }
}
