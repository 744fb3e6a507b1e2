/** Smaller chunks, in bytes, are copied: a chunk's object costs more than the copy, and keeps the whole read of the socket in memory. */
const small = 1024
const roomSize = 8192
const none: Uint8Array = new Uint8Array(0)

/** Collects a body that arrives in chunks. A body in a million pieces takes no more memory than one in a few. */
export class GatheredBytes {
  /** Bytes that were added. */
  length = 0
  private chunks: Uint8Array[] = []
  /** Bytes used in the last chunk if it gathers small chunks; else -1. */
  private used = -1

  add(chunk: Uint8Array): void {
    this.length += chunk.byteLength
    if (this.chunks.length > 0 && chunk.byteLength < small) this.gather(chunk)
    else {
      this.seal()
      this.chunks.push(chunk)
    }
  }

  /** All bytes. A single chunk is returned without a copy. */
  all(): Uint8Array {
    this.seal()
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks, this.length)]
    return this.chunks[0] ?? none
  }

  clear(): void {
    this.chunks = []
    this.length = 0
    this.used = -1
  }

  private gather(chunk: Uint8Array): void {
    let room = this.chunks.at(-1)
    if (room === undefined || this.used < 0 || room.byteLength - this.used < chunk.byteLength) {
      this.seal()
      room = Buffer.allocUnsafeSlow(roomSize)
      this.chunks.push(room)
      this.used = 0
    }
    room.set(chunk, this.used)
    this.used += chunk.byteLength
  }

  /** The last chunk gets no more bytes. */
  private seal(): void {
    if (this.used < 0) return
    const room = this.chunks.pop() as Uint8Array
    this.chunks.push(room.subarray(0, this.used))
    this.used = -1
  }
}
