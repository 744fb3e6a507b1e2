import type { MessageSchema } from '../schema/message.js'
import type { CodecOptions, Serializer } from './codec.js'
import { asInvalidMessage } from './fault.js'
import { binaryFormat } from './thrift-binary.js'
import { compactFormat } from './thrift-compact.js'
import { ThriftCompiler } from './thrift-compiler.js'
import { jsonFormat } from './thrift-json.js'
import type { ThriftCodec, ThriftFormat } from './thrift-wire.js'

/**
 * Thrift's formats: one message is one struct. Fields that are not `optional` are written even where they are zero, as Thrift has it;
 * unknown fields are skipped; an absent `required` one is an error, and so is a known field of another type.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`; at start-up `field_without_number` and `field_number_too_large`.
 */
export const thriftBinary: ThriftCodec = codecOf(binaryFormat)
export const thriftCompact: ThriftCodec = codecOf(compactFormat)
export const thriftJson: ThriftCodec = codecOf(jsonFormat)

function codecOf(format: ThriftFormat): ThriftCodec {
  const name = `thrift-${format.name}`
  return {
    name,
    contentTypes: [name],
    isText: format === jsonFormat,
    thrift: format,
    compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
      const type = new ThriftCompiler(options.depth).struct(schema)
      return {
        encode(message) {
          const writer = format.writer()
          try {
            type.write(writer, message, 0)
            return writer.finish()
          } catch (error) {
            writer.abandon()
            throw asInvalidMessage(error, schema.name)
          }
        },
        decode(bytes) {
          const reader = format.reader(bytes, 0, bytes.length)
          try {
            const message = type.read(reader, 0) as T
            reader.finish()
            return message
          } catch (error) {
            throw asInvalidMessage(error, schema.name)
          }
        },
      }
    },
  }
}
