import type { Serializer } from '../../codecs/codec.js'
import { encodeAfter } from '../../codecs/headroom.js'
import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import type { Compression } from './compression.js'
import { checkLength } from './message-limit.js'

/** A message stands behind one byte of flags and four of length. Source: gRPC over HTTP/2, "Length-Prefixed-Message". */
export const prefixSize = 5

/** Chunks below this size are gathered, so that a few bytes never keep a whole read of the socket in memory. */
const small = 1024
const gatherSize = 8192
const none = Buffer.alloc(0)

/**
 * Cuts messages out of the chunks they arrive in. What lies within one chunk is not copied; what spans several is copied once, when all
 * of it is there, so that no declared length allocates anything.
 */
export class MessageReader {
  /** Whether the message that `take` returned last was compressed. */
  compressed = false
  /** Whether its bytes were joined, so that nobody else holds them. */
  isOwn = false
  private chunks: Buffer[] = []
  /** Bytes of the first chunk that are gone. */
  private at = 0
  private available = 0
  private flags = 0
  /** Bytes of the message that comes next, without its prefix; -1 while its prefix is incomplete. */
  private length = -1
  /** Free end of the last chunk, where that is one of our own. */
  private room = 0

  /** @param limit bytes of one message as it arrives */
  constructor(private readonly limit: number) {}

  /** The prefix of the next message has arrived. */
  get begun(): boolean {
    return this.length >= 0
  }

  /** Bytes that have arrived and were not taken. */
  get buffered(): number {
    return this.available
  }

  push(chunk: Buffer): void {
    this.available += chunk.length
    if (chunk.length >= small || (this.chunks.length === 0 && chunk.length > prefixSize)) {
      this.chunks.push(chunk)
      this.room = 0
    } else {
      this.gather(chunk)
    }
  }

  /** Whether `take` has something to return or to throw. */
  get ready(): boolean {
    if (this.length < 0) {
      if (this.available < prefixSize) return false
      const prefix = this.read(prefixSize)
      this.flags = prefix[0] as number
      this.length = prefix.readUInt32BE(1)
    }
    return this.available >= this.length || this.length > this.limit || this.flags > 1
  }

  /**
   * The next message; only where `ready`. A view of what arrived where that is possible.
   * @throws RpcError `resource_exhausted` where it is over the limit, whether it has arrived or not; `internal` for flags that the spec has not
   */
  take(): Buffer {
    const { length } = this
    this.compressed = isCompressed(this.flags)
    checkLength(length, this.limit)
    this.length = -1
    this.isOwn = false
    return this.read(length)
  }

  /** Forgets what has arrived. */
  clear(): void {
    this.chunks = []
    this.at = this.available = this.room = 0
    this.length = -1
  }

  private read(length: number): Buffer {
    if (length === 0) return none
    this.available -= length
    const first = this.chunks[0] as Buffer
    const end = this.at + length
    if (end < first.length) {
      const part = first.subarray(this.at, end)
      this.at = end
      return part
    }
    if (end === first.length) {
      const part = this.at === 0 ? first : first.subarray(this.at)
      this.drop()
      return part
    }
    return this.join(length)
  }

  private join(length: number): Buffer {
    // A large one is not from Node's pool: it belongs to the message alone.
    this.isOwn = length >= Buffer.poolSize
    const whole = this.isOwn ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const chunk = this.chunks[0] as Buffer
      const end = Math.min(chunk.length, this.at + length - filled)
      filled += chunk.copy(whole, filled, this.at, end)
      if (end === chunk.length) this.drop()
      else this.at = end
    }
    return whole
  }

  private drop(): void {
    this.chunks.shift()
    this.at = 0
    if (this.chunks.length === 0) this.room = 0
  }

  private gather(chunk: Buffer): void {
    const last = this.chunks.at(-1)
    if (last !== undefined && this.room >= chunk.length) {
      const start = last.byteOffset + last.length
      const grown = Buffer.from(last.buffer, last.byteOffset, last.length + chunk.length)
      Buffer.from(last.buffer, start, chunk.length).set(chunk)
      this.chunks[this.chunks.length - 1] = grown
      this.room -= chunk.length
      return
    }
    const own = Buffer.allocUnsafeSlow(gatherSize)
    own.set(chunk)
    this.chunks.push(own.subarray(0, chunk.length))
    this.room = gatherSize - chunk.length
  }
}

/** Whether a chunk is one whole message, and nothing else. */
export function isWhole(chunk: Buffer): boolean {
  const { length } = chunk
  return length >= prefixSize && lengthAt(chunk) === length - prefixSize
}

/** @throws RpcError `internal` for flags that the spec does not know */
export function isCompressed(flags: number): boolean {
  if (flags <= 1) return flags === 1
  throw new RpcError(`a message with flags ${flags} is no gRPC message`, Code.internal, { reason: 'malformed_framing' })
}

/** One message behind its prefix. */
export function frame(serializer: Serializer, message: unknown): Uint8Array {
  const bytes = encodeAfter(serializer, message, prefixSize)
  writePrefix(bytes, 0)
  return bytes
}

/** What `frame` made, compressed. */
export async function compress(framed: Uint8Array, compression: Compression): Promise<Uint8Array> {
  const small = await compression.compress(framed.subarray(prefixSize))
  const bytes = Buffer.allocUnsafe(prefixSize + small.length)
  bytes.set(small, prefixSize)
  writePrefix(bytes, 1)
  return bytes
}

function writePrefix(bytes: Uint8Array, flags: number): void {
  const length = bytes.length - prefixSize
  bytes[0] = flags
  bytes[1] = length >>> 24
  bytes[2] = length >>> 16
  bytes[3] = length >>> 8
  bytes[4] = length
}

function lengthAt(chunk: Buffer): number {
  return (
    (chunk[1] as number) * 0x1000000 +
    (((chunk[2] as number) << 16) | ((chunk[3] as number) << 8) | (chunk[4] as number))
  )
}
