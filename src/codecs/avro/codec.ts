import type { MessageSchema } from '../../schema/message.js'
import { SpareReader } from '../bytes/spare-reader.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { AvroReader } from './reader.js'
import { AvroReads } from './reads.js'
import { AvroShapes } from './shape.js'
import { AvroWriter } from './writer.js'
import { AvroWrites } from './writes.js'

/**
 * Avro's binary encoding. Its bytes hold no names and no field numbers, so over HTTP or memory both sides need the same fields in the same
 * order. The Avro protocol tells each side the other's schema and resolves the differences.
 *
 * Errors: `invalid_argument` with the reason `invalid_message`.
 */
export const avro: Codec = {
  name: 'avro',
  contentTypes: ['avro'],
  isText: false,
  check: checkNames,
  compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
    checkNames(schema)
    return serializerOf(schema, () => {
      const write = new AvroWrites(options.depth).message(schema)
      const reads = new AvroReads(options)
      const read = reads.message(new AvroShapes().message(schema), schema)
      reads.prepare()
      const readers = new SpareReader(bytes => new AvroReader(bytes))
      return {
        writer: headroom => new AvroWriter(headroom),
        write: (out, message: T) => write(out, message, 0),
        read(bytes) {
          const from = readers.take(bytes)
          const message = read(from, 0) as T
          from.finish()
          readers.giveBack(from)
          return message
        },
      }
    })
  },
}

const named = new WeakSet<MessageSchema>()

/** @throws RpcError `failed_precondition` for a name that Avro cannot write, or that two types have */
function checkNames(schema: MessageSchema): void {
  if (named.has(schema)) return
  new AvroShapes().message(schema)
  named.add(schema)
}
