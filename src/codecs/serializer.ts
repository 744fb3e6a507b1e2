import type { MessageSchema } from '../schema/type.js'
import type { ByteWriter } from './bytes/byte-writer.js'
import type { Serializer } from './codec.js'
import { asInvalidMessage } from './values/fault.js'
import { redacted } from './values/redact.js'

/** What a codec compiles of one schema. Both directions throw Faults. */
export interface Compiled<T, W> {
  /** A new writer that leaves `headroom` bytes free at the start. */
  writer(headroom: number): W
  write(writer: W, message: T): void
  /** As `Serializer.decode`. */
  read(bytes: Uint8Array, isOwn?: boolean): T
}

/**
 * The serializer of a message. Turns Faults into errors that name the place in the message.
 *
 * It compiles when it is first used: a server has each method in every codec, and most are never called in more than one. So a codec checks
 * the schema before it calls this.
 * @param compile called at most once
 */
export function serializerOf<T, W extends ByteWriter>(
  schema: MessageSchema,
  compile: () => Compiled<T, W>,
): Serializer<T> {
  let made: Compiled<T, W> | undefined
  const ready = (): Compiled<T, W> => {
    made = compile()
    return made
  }
  // Of the last two messages. The next has room for the smaller at once: one large message does not make the small ones after it large.
  let last = 0
  let secondLast = 0
  const encodeAfter = (message: T, headroom: number): Uint8Array => {
    const compiled = made ?? ready()
    const writer = compiled.writer(headroom)
    try {
      writer.expect(Math.min(last, secondLast))
      compiled.write(writer, message)
      const bytes = writer.finish()
      secondLast = last
      last = bytes.length
      return bytes
    } catch (error) {
      writer.abandon()
      throw asInvalidMessage(redacted(error, schema), schema.name)
    }
  }
  return {
    encode: message => encodeAfter(message, 0),
    encodeAfter,
    decode(bytes, isOwn) {
      const compiled = made ?? ready()
      try {
        return compiled.read(bytes, isOwn)
      } catch (error) {
        throw asInvalidMessage(redacted(error, schema), schema.name)
      }
    },
    prepare: () => void (made ?? ready()),
  }
}
