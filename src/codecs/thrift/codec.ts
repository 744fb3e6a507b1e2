import type { MessageSchema } from '../../schema/message.js'
import { SpareReader } from '../bytes/spare-reader.js'
import type { CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { binaryFormat } from './binary/format.js'
import { compactFormat } from './compact/format.js'
import { checkStruct, ThriftCompiler } from './compiler.js'
import { jsonFormat } from './json/format.js'
import type { ThriftCodec, ThriftFormat } from './wire.js'

/**
 * Thrift's formats: one message is one struct. As in Thrift, fields that are not `optional` are written even if they are zero. Unknown
 * fields are skipped. An absent `required` field is an error, and so is a known field of another type.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`; at start-up `field_without_number` and `field_number_too_large`.
 */
export const thriftBinary: ThriftCodec = codecOf(binaryFormat)
export const thriftCompact: ThriftCodec = codecOf(compactFormat)
export const thriftJson: ThriftCodec = codecOf(jsonFormat)

function codecOf(format: ThriftFormat): ThriftCodec {
  const name = `thrift-${format.name}`
  const check = (schema: MessageSchema): void => {
    checkStruct(schema)
    format.check?.(schema)
  }
  return {
    name,
    contentTypes: [name],
    isText: format === jsonFormat,
    thrift: format,
    check,
    compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
      check(schema)
      return serializerOf(schema, () => {
        const type = new ThriftCompiler(options).struct(schema)
        const readers = new SpareReader(bytes => format.reader(bytes, 0, bytes.length, options.values))
        return {
          writer: headroom => format.writer(headroom),
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
