import { takeLargeFrom } from './byte-writer.js'
import { allocate } from './native.js'

/** Bytes. Memory of smaller messages is not kept: collecting it costs little. */
const smallest = 65_536
/** Bytes of one piece, and of all pieces that are kept. */
const largest = 8 * 2 ** 20
const most = 16 * 2 ** 20
/** Milliseconds without a large message until what was kept is dropped. */
const patience = 10_000

/**
 * Keeps the memory of large encoded messages for the next ones.
 *
 * Problem: V8 counts such memory against the old generation and marks the whole heap again for some 20 MiB of it. For messages of 1 MiB that
 * took most of the time. Choice: whoever sends a message gives its bytes back once the socket has taken them. Only bytes of `take` are
 * accepted, and only once for each time that they were taken, so no two messages ever share them.
 */
export class LargeMemory {
  /** Smallest first. */
  private kept: Uint8Array[] = []
  private bytes = 0
  /** Taken and not given back. */
  private readonly lent = new WeakSet<ArrayBufferLike>()
  private timer: NodeJS.Timeout | undefined
  private hasTimers = true
  private isUsed = false

  /** Memory of at least `size` bytes, which is not cleared. */
  readonly take = (size: number): Uint8Array => {
    if (size < smallest || size > largest) return allocate(size)
    this.isUsed = true
    // Room for messages that are a little larger, too, but never a large piece for a small message.
    const at = this.kept.findIndex(({ length }) => length >= size)
    const found = this.kept[at]
    const isFit = found !== undefined && found.length <= 2 * size
    const piece = isFit ? found : allocate(roomy(size))
    if (isFit) {
      this.kept.splice(at, 1)
      this.bytes -= piece.length
    }
    this.lent.add(piece.buffer)
    return piece
  }

  /**
   * Gives memory back that nobody reads any more, neither this process nor its kernel.
   * @param written a view of it, at any place. Does nothing with bytes that are not from here
   */
  readonly giveBack = (written: Uint8Array): void => {
    const { buffer } = written
    if (!this.lent.delete(buffer) || this.bytes + buffer.byteLength > most) return
    if (this.timer === undefined && !this.watch()) return
    const place = this.kept.findIndex(({ length }) => length >= buffer.byteLength)
    this.kept.splice(place < 0 ? this.kept.length : place, 0, Buffer.from(buffer))
    this.bytes += buffer.byteLength
  }

  /**
   * Sees to it that what is kept is dropped in time. False where a timer would belong to a request or keep the process, as in Cloudflare's
   * workers: then nothing is kept.
   */
  private watch(): boolean {
    if (!this.hasTimers) return false
    const timer: NodeJS.Timeout | number = setInterval(this.tidy, patience)
    this.hasTimers = typeof timer === 'object'
    if (typeof timer === 'object') this.timer = timer.unref()
    else clearInterval(timer)
    return this.hasTimers
  }

  private readonly tidy = (): void => {
    if (!this.isUsed) {
      this.kept = []
      this.bytes = 0
      clearInterval(this.timer)
      this.timer = undefined
    }
    this.isUsed = false
  }
}

/** Rounded up to an eighth of the next power of two, so that messages of about one size fit each other's memory. */
function roomy(size: number): number {
  const step = 2 ** (Math.ceil(Math.log2(size)) - 3)
  return Math.ceil(size / step) * step
}

/** That of all codecs in this process. */
export const largeMemory = new LargeMemory()
takeLargeFrom(largeMemory)

/** Whether `giveBack` may have a use for these bytes. */
export function isLarge(bytes: Uint8Array): boolean {
  return bytes.buffer.byteLength >= smallest
}

/** Gives the bytes of a large message back, as `LargeMemory.giveBack`, once nothing reads them any more. */
export const { giveBack } = largeMemory
