import type { MessageSchema } from '../../schema/message.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { asInvalidMessage } from '../values/fault.js'
import { AvroReader } from './reader.js'
import { AvroReads } from './reads.js'
import { AvroShapes } from './shape.js'
import { AvroWriter } from './writer.js'
import { AvroWrites } from './writes.js'

/**
 * Avro's binary encoding, with schemas made of our own. It has no names and no numbers in its bytes, so as a codec of its own (over HTTP or
 * memory) it needs the same fields on both sides, in the same order; the Avro protocol tells each side the other's schema and resolves the
 * difference.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`.
 */
export const avro: Codec = {
  name: 'avro',
  contentTypes: ['avro'],
  isText: false,
  compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
    const shape = new AvroShapes().message(schema)
    const write = new AvroWrites(options.depth).message(schema)
    const read = new AvroReads(options).message(shape, schema)
    const encodeAfter = (message: T, headroom: number): Uint8Array => {
      const out = new AvroWriter()
      try {
        out.ensure(headroom)
        out.at += headroom
        write(out, message, 0)
        return out.take()
      } catch (error) {
        out.rewind(0)
        throw asInvalidMessage(error, schema.name)
      }
    }
    return {
      encode: message => encodeAfter(message, 0),
      encodeAfter,
      decode(bytes) {
        const from = new AvroReader(bytes)
        try {
          const message = read(from, 0) as T
          from.finish()
          return message
        } catch (error) {
          throw asInvalidMessage(error, schema.name)
        }
      },
    }
  },
}
