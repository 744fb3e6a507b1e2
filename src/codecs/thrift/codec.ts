import type { MessageSchema } from '../../schema/message.js'
import type { CodecOptions, Serializer } from '../codec.js'
import { asInvalidMessage } from '../values/fault.js'
import { binaryFormat } from './binary/format.js'
import { compactFormat } from './compact/format.js'
import { ThriftCompiler } from './compiler.js'
import { jsonFormat } from './json/format.js'
import type { ThriftCodec, ThriftFormat, ThriftReader } from './wire.js'

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
      const type = new ThriftCompiler(options).struct(schema)
      const readers = new SpareReader(format, options.values)
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
          const reader = readers.take(bytes)
          try {
            const message = type.read(reader, 0) as T
            reader.finish()
            readers.giveBack(reader)
            return message
          } catch (error) {
            throw asInvalidMessage(error, schema.name)
          }
        },
      }
    },
  }
}

const noBytes = new Uint8Array()

/** Making a reader takes a sixth of the time of a small message, so one that has read a whole message reads the next one too. */
class SpareReader {
  private spare: ThriftReader | undefined

  constructor(
    private readonly format: ThriftFormat,
    private readonly values: number,
  ) {}

  /** A message's constructor may decode another one meanwhile. */
  take(bytes: Uint8Array): ThriftReader {
    const { spare } = this
    if (spare?.restart === undefined) return this.format.reader(bytes, 0, bytes.length, this.values)
    this.spare = undefined
    spare.restart(bytes)
    return spare
  }

  giveBack(reader: ThriftReader): void {
    reader.restart?.(noBytes)
    this.spare = reader
  }
}
