import type { MessageSchema } from '../../schema/message.js'
import { parseJson } from '../bytes/json-text.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { Fault, isOverLimit } from '../values/fault.js'
import { JsonCompiler } from './compiler.js'
import { JsonCursor } from './cursor.js'
import { checkSchema } from './schema-check.js'
import type { JsonType } from './value.js'
import { JsonWriter } from './writer.js'

/**
 * The protobuf JSON mapping (ProtoJSON): 64-bit integers as strings, bytes in base64, enums by name, timestamps in RFC 3339, and the cases
 * of a oneOf as fields of its message. A field with implicit presence is not written if it is zero. Unknown fields are ignored. Null means
 * absent.
 *
 * Bytes that are not JSON are `invalid_argument` with the reason `malformed_json`; a value that does not fit has the reason
 * `invalid_message`.
 */
export const json: Codec = {
  name: 'json',
  contentTypes: ['json'],
  isText: true,
  check: checkSchema,
  compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
    checkSchema(schema, options)
    return serializerOf(schema, () => {
      const compiler = new JsonCompiler(options)
      const type = compiler.message(schema)
      const { exactIntegers, runsTransforms, values } = compiler
      const parsed = (bytes: Uint8Array): unknown => {
        values.restart()
        return type.read(parseJson(bytes, { exactIntegers, values: values.limit }), 0)
      }
      return {
        writer: headroom => new JsonWriter(headroom),
        write: (writer, message: T) => type.write(writer, message, 0),
        read(bytes) {
          const outer = values.restart()
          try {
            const scanned = runsTransforms
              ? undefined
              : scan(type, new JsonCursor(bytes, { exactIntegers, values: values.limit }))
            return (scanned ?? parsed(bytes)) as T
          } finally {
            values.resume(outer)
          }
        },
      }
    })
  },
}

/** @returns undefined if the whole text must be parsed instead, most often because something is wrong with it */
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
