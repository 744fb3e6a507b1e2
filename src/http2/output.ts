import type { Duplex } from 'node:stream'
import { copiesWrites } from './own-socket.js'
import { CHUNK_SIZE, MIN_ROOM, NO_ROOM, type Room, rooms } from './rooms.js'

/** From this size on, small frames are written within a turn, so that the peer reads them while more are made. */
const FLUSH_CHUNK_AT = CHUNK_SIZE / 2
/** Payloads of at least this size are passed to the socket as they are. Smaller ones are cheaper to copy. */
export const BY_REFERENCE = 4096
/** From this size on, gathered payloads are written within a turn. */
const FLUSH_AT = 262_144

/** Called with bytes that were written, once the socket has passed them on and keeps no view of them. Not called if it fails before. */
export type Release = (bytes: Uint8Array) => void

interface Lent {
  readonly bytes: Uint8Array
  readonly release: Release
  /** The turn of its last piece. */
  readonly turn: number
}

/**
 * Gathers all that is written to one connection in one turn of the event loop, and passes it to the socket in one write. Small frames
 * follow each other in one buffer; large payloads go between them by reference (writev). A writer calls `ensure`, writes into `buffer` at
 * `position`, and moves `position`.
 */
export class Output {
  buffer = NO_ROOM.buffer
  position = 0
  /** The socket took less than it was given: nothing but control frames and headers should be added until it drains. */
  blocked = false
  /** Counts flushes. Bytes that were written in the current epoch have not left this process. */
  turn = 0
  /** While it is unchanged, the written bytes are still in place and can be changed. */
  epoch = 0
  /** Where `buffer` ends for this output. */
  private end = 0
  private room = NO_ROOM
  /** Whether a small room was too little for a turn. */
  private isBusy = false
  private start = 0
  private gathered = 0
  private scheduled = false
  private closed = false
  private segments: Uint8Array[] = []
  /** In the order of their turns. */
  private lent: Lent[] | undefined = undefined

  constructor(private readonly socket: Duplex) {}

  /** Makes room for `length` bytes after `position`. */
  ensure(length: number): void {
    if (this.end - this.position < length) this.take(length)
    if (!this.scheduled) {
      this.scheduled = true
      setImmediate(flush, this)
    }
  }

  /** Adds bytes; the caller must leave them as they are from now on. */
  add(bytes: Uint8Array): void {
    if (bytes.length < BY_REFERENCE) {
      this.ensure(bytes.length)
      if (bytes.length < 32) {
        const { buffer, position } = this
        for (let i = 0; i < bytes.length; i++) buffer[position + i] = bytes[i] as number
      } else {
        this.buffer.set(bytes, this.position)
      }
      this.position += bytes.length
      return
    }
    this.seal()
    this.segments.push(bytes)
    this.gathered += bytes.length
    this.ensure(0)
    if (this.gathered >= FLUSH_AT) this.flush()
  }

  /** Called before the last piece of `bytes` is added by reference. */
  lend(bytes: Uint8Array, release: Release): void {
    if (!copiesWrites(this.socket)) return
    this.lent ??= []
    this.lent.push({ bytes, release, turn: this.turn })
  }

  flush(): void {
    this.scheduled = false
    this.seal()
    this.giveBack()
    const { segments } = this
    if (segments.length === 0 || this.closed || this.socket.writableEnded) return
    this.segments = []
    this.gathered = 0
    const taken = this.lent === undefined ? undefined : this.takenUpTo(this.turn)
    this.turn++
    let more: boolean
    if (segments.length === 1) {
      more = this.socket.write(segments[0], taken)
    } else {
      const last = segments.pop()
      this.socket.cork()
      for (const segment of segments) this.socket.write(segment)
      this.socket.write(last, taken)
      this.socket.uncork()
      more = !this.socket.writableNeedDrain
    }
    if (!more) this.blocked = true
  }

  /** Drops what is gathered and returns the turn it belonged to. */
  discard(): number {
    this.segments = []
    this.gathered = 0
    this.start = this.position
    this.epoch++
    return this.turn
  }

  /** Nothing is written any more. */
  close(): void {
    this.discard()
    this.closed = true
    this.lent = undefined
  }

  /** For the write of a turn. */
  private takenUpTo(turn: number): (error?: Error | null) => void {
    return error => {
      const { lent = [] } = this
      let count = 0
      while (count < lent.length && (lent[count] as Lent).turn <= turn) count++
      this.lent = count < lent.length ? lent.slice(count) : undefined
      if (error) return
      for (const { bytes, release } of lent.slice(0, count)) release(bytes)
    }
  }

  private seal(): void {
    this.epoch++
    if (this.position === this.start) return
    this.segments.push(this.buffer.subarray(this.start, this.position))
    this.gathered += this.position - this.start
    this.start = this.position
  }

  private take(length: number): void {
    const isMore = this.room !== NO_ROOM
    this.seal()
    if (this.gathered >= FLUSH_CHUNK_AT) this.flush()
    this.giveBack()
    this.isBusy ||= isMore
    this.hold(rooms.take(length, !this.isBusy))
  }

  private hold(room: Room): void {
    this.room = room
    this.buffer = room.buffer
    this.position = this.start = room.position
    this.end = room.end
  }

  private giveBack(): void {
    const { room } = this
    if (room === NO_ROOM) return
    if (this.position - room.position < MIN_ROOM) this.isBusy = false
    room.position = this.position
    rooms.giveBack(room)
    this.hold(NO_ROOM)
  }
}

function flush(output: Output): void {
  output.flush()
}
