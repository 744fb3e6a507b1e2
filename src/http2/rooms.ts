/** Bytes of a chunk. */
export const CHUNK_SIZE = 65_536
/** What a connection takes that writes little in a turn. */
const SMALL_ROOM = 4096
/** Less room than this at an end is given up. */
export const MIN_ROOM = 2048
/** The least of other connections. */
const LARGE_ROOM = CHUNK_SIZE / 4
const MAX_SPARE = 16
const MAX_SMALL = 64

/** A part of a chunk for one writer at a time. */
export interface Room {
  readonly buffer: Buffer
  /** Where it is free. */
  position: number
  readonly end: number
}

export const NO_ROOM: Room = { buffer: Buffer.alloc(0), position: 0, end: 0 }

/**
 * Free memory for what connections write, for the next one that writes: an idle connection holds none. Written bytes are never overwritten,
 * because the reader at the other end of an in-memory pair may still use them.
 *
 * Many connections that each write a frame or two in one turn share chunks. With a chunk for each of them, calls over thousands of
 * connections spent most of their time on new memory.
 */
export class Rooms {
  private readonly spare: Room[] = []
  private readonly small: Room[] = []

  /** @param isSmall whether a few frames are expected @param length bytes that must fit */
  take(length: number, isSmall: boolean): Room {
    if (length > LARGE_ROOM) return newChunk(Math.max(CHUNK_SIZE, length))
    if (!isSmall || length > MIN_ROOM) return this.spare.pop() ?? newChunk(CHUNK_SIZE)
    if (this.small.length === 0) this.cut(this.spare.pop() ?? newChunk(CHUNK_SIZE))
    return this.small.pop() as Room
  }

  giveBack(room: Room): void {
    const free = room.end - room.position
    if (free < MIN_ROOM) return
    if (free >= LARGE_ROOM) {
      if (this.spare.length < MAX_SPARE) this.spare.push(room)
    } else if (this.small.length < MAX_SMALL) {
      this.small.push(room)
    }
  }

  private cut({ buffer, position, end }: Room): void {
    do {
      const next = end - position < 2 * SMALL_ROOM ? end : position + SMALL_ROOM
      this.small.push({ buffer, position, end: next })
      position = next
    } while (position < end)
  }
}

function newChunk(length: number): Room {
  return { buffer: Buffer.allocUnsafeSlow(length), position: 0, end: length }
}

export const rooms = new Rooms()
