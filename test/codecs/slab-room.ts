import type { Serializer } from '../../src/codecs/codec.js'
import { Branch } from './peer-writers.js'

const slab = 32 * 1024

const filler = (length: number) => Object.assign(new Branch(), { text: 'x'.repeat(length) })

/**
 * Writes messages until the next one begins that many bytes before the end of the memory that messages share.
 * @param room a multiple of 8, at least 1,024: a smaller rest is not used
 */
export function leaveRoom(serializer: Serializer<Branch>, room: number): void {
  const overhead = serializer.encode(filler(1000)).length - 1000
  for (;;) {
    const { byteOffset, length } = serializer.encode(new Branch())
    const left = slab - ((byteOffset + length + 7) & ~7)
    const surplus = left - room
    // A text of 200 to 8,000 bytes: the size of its length is the same in all codecs.
    if (surplus >= overhead + 200 && surplus <= 8000) {
      serializer.encode(filler(surplus - overhead))
      return
    }
    serializer.encode(filler(surplus > 8000 ? 4000 : Math.max(0, left - 700)))
  }
}

/** Whether a message was written into the shared memory, that many bytes before its end; undefined if it was moved to memory of its own. */
export function hadRoom({ byteOffset, buffer }: Uint8Array, room: number): boolean | undefined {
  return buffer.byteLength === slab ? byteOffset === slab - room : undefined
}
