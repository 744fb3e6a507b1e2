import type { MessageSchema } from '../../schema/message.js'
import { parseJson } from '../bytes/json-text.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { asInvalidMessage, Fault, isOverLimit } from '../values/fault.js'
import { JsonCompiler } from './compiler.js'
import { JsonCursor } from './cursor.js'
import type { JsonType } from './value.js'
import { JsonWriter } from './writer.js'

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
    const compiler = new JsonCompiler(options)
    const type = compiler.message(schema)
    const encodeAfter = (message: T, headroom: number): Uint8Array => {
      const writer = new JsonWriter(headroom)
      try {
        type.write(writer, message, 0)
        return writer.finish()
      } catch (error) {
        writer.abandon()
        throw asInvalidMessage(error, schema.name)
      }
    }
    const { exactIntegers, runsTransforms, values } = compiler
    const parsed = (bytes: Uint8Array): unknown => {
      values.restart()
      return type.read(parseJson(bytes, { exactIntegers, values: values.limit }), 0)
    }
    return {
      encode: message => encodeAfter(message, 0),
      encodeAfter,
      decode(bytes) {
        const outer = values.restart()
        try {
          const scanned = runsTransforms
            ? undefined
            : scan(type, new JsonCursor(bytes, { exactIntegers, values: values.limit }))
          return (scanned ?? parsed(bytes)) as T
        } catch (error) {
          throw asInvalidMessage(error, schema.name)
        } finally {
          values.resume(outer)
        }
      },
    }
  },
}

/** Undefined where the bytes have to be parsed as a whole: in most cases, since something is wrong with them. */
function scan(type: JsonType, cursor: JsonCursor): unknown {
  try {
    const message = type.scan(cursor, 0)
    cursor.finish()
    return message
  } catch (error) {
    if (error instanceof Fault && !isOverLimit(error)) return undefined
    throw error
  }
}
