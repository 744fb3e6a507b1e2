import { encodeAfter } from '../codecs/bytes/headroom.js'
import type { Serializer } from '../codecs/codec.js'
import { shrunk } from '../codecs/compression.js'
import type { OutgoingCompression } from '../core/call.js'
import { checkMessageSize } from '../core/limits.js'
import type { RpcError } from '../core/rpc-error.js'

/**
 * Streams of gRPC and of Connect have the same form: each message follows one byte of flags and its length in four bytes, big-endian.
 * Sources: gRPC over HTTP/2, "Length-Prefixed-Message"; Connect protocol, "Enveloped-Message".
 */
export const prefixSize = 5

/** The flag of a compressed message. */
export const compressedFlag = 1

/** What a protocol says about the flags of a message. */
export interface FlagRules {
  /** The most bytes of a message with these flags; -1 if the protocol has no such flags. */
  limitOf(flags: number): number
  unknownFlags(flags: number): RpcError
}

/** Chunks below this size are gathered, so that a few bytes never keep a whole read of the socket in memory. */
const small = 1024
const gatherSize = 8192
const none = Buffer.alloc(0)

/**
 * Cuts messages out of the chunks in which they arrive. A message within one chunk is not copied. One that spans several is copied once,
 * after its last byte has arrived, so a declared length allocates nothing.
 */
export class MessageReader {
  /** The flags of the message that `take` returned last. */
  flags = 0
  /** Whether its bytes were joined, so that nothing else holds them. */
  isOwn = false
  private chunks: Buffer[] = []
  /** Bytes of the first chunk that were taken. */
  private at = 0
  /** Where the bytes of the last chunk end if it is one that gathers small chunks; else -1. */
  private ownEnd = -1
  private available = 0
  /** Bytes of the next message, without its prefix; -1 while its prefix is incomplete. */
  private length = -1
  private limit = 0

  constructor(private readonly rules: FlagRules) {}

  /** Whether no part of a message is waiting for its rest. */
  get isAtBoundary(): boolean {
    return this.available === 0 && this.length < 0
  }

  /** Bytes that have arrived and were not taken. */
  get buffered(): number {
    return this.available
  }

  /** Whether the last message was compressed. */
  get compressed(): boolean {
    return (this.flags & compressedFlag) !== 0
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.available += chunk.length
    if (chunk.length >= small || (this.chunks.length === 0 && chunk.length > prefixSize)) {
      this.seal()
      this.chunks.push(chunk)
    } else {
      this.gather(chunk)
    }
  }

  /** Whether `take` has something to return or to throw. */
  get ready(): boolean {
    if (this.length < 0) {
      if (this.available < prefixSize) return false
      this.readPrefix()
    }
    return this.available >= this.length || this.length > this.limit
  }

  /**
   * The next message. Call it only if `ready`. A view of what arrived, if that is possible.
   * @throws RpcError `resource_exhausted` if it is over the limit, whether it has arrived or not; that of the rules for unknown flags
   */
  take(): Buffer {
    const { length, limit } = this
    if (limit < 0) throw this.rules.unknownFlags(this.flags)
    checkMessageSize(length, limit)
    this.length = -1
    this.isOwn = false
    return this.read(length)
  }

  /** Drops what has arrived. */
  clear(): void {
    this.chunks = []
    this.at = this.available = 0
    this.ownEnd = this.length = -1
  }

  private readPrefix(): void {
    const { at } = this
    const first = this.chunks[0] as Buffer
    const end = at + prefixSize
    const prefix = end <= this.endOfFirst ? first : this.read(prefixSize)
    const start = prefix === first ? at : 0
    this.flags = prefix[start] as number
    this.limit = this.rules.limitOf(this.flags)
    this.length = lengthAt(prefix, start)
    if (prefix !== first) return
    this.available -= prefixSize
    this.moveTo(end)
  }

  private get endOfFirst(): number {
    return this.ownEnd >= 0 && this.chunks.length === 1 ? this.ownEnd : (this.chunks[0] as Buffer).length
  }

  private read(length: number): Buffer {
    if (length === 0) return none
    const end = this.at + length
    if (end > this.endOfFirst) return this.join(length)
    const first = this.chunks[0] as Buffer
    const part = first.subarray(this.at, end)
    this.available -= length
    this.moveTo(end)
    return part
  }

  private join(length: number): Buffer {
    // A large one is not from Node's pool: it belongs to the message alone.
    this.isOwn = length >= Buffer.poolSize
    const whole = this.isOwn ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length)
    this.available -= length
    let filled = 0
    while (filled < length) {
      const end = Math.min(this.endOfFirst, this.at + length - filled)
      filled += (this.chunks[0] as Buffer).copy(whole, filled, this.at, end)
      this.moveTo(end)
    }
    return whole
  }

  /** The bytes of the first chunk before `end` were taken. */
  private moveTo(end: number): void {
    this.at = end
    if (end < this.endOfFirst) return
    this.chunks.shift()
    this.at = 0
    if (this.chunks.length === 0) this.ownEnd = -1
  }

  private gather(chunk: Buffer): void {
    let own = this.chunks.at(-1)
    if (own === undefined || this.ownEnd < 0 || own.length - this.ownEnd < chunk.length) {
      this.seal()
      own = Buffer.allocUnsafeSlow(gatherSize)
      this.chunks.push(own)
      this.ownEnd = 0
    }
    own.set(chunk, this.ownEnd)
    this.ownEnd += chunk.length
  }

  /** The last chunk gets no more bytes. */
  private seal(): void {
    if (this.ownEnd < 0) return
    const own = this.chunks.pop() as Buffer
    this.chunks.push(own.subarray(0, this.ownEnd))
    this.ownEnd = -1
  }
}

/** Whether a chunk is one whole message, and nothing else. */
export function isWhole(chunk: Buffer): boolean {
  const { length } = chunk
  return length >= prefixSize && lengthAt(chunk, 0) === length - prefixSize
}

/** Encodes a message after its prefix. */
export function frame(serializer: Serializer, message: unknown): Uint8Array {
  const bytes = encodeAfter(serializer, message, prefixSize)
  writePrefix(bytes, 0)
  return bytes
}

/** Compresses what `frame` returned. @returns undefined to send it as it is */
export function compress(
  framed: Uint8Array,
  compression: OutgoingCompression,
): Promise<Uint8Array | undefined> | undefined {
  return shrunk(framed.subarray(prefixSize), compression)?.then(small => small && frameOf(compressedFlag, small))
}

/** Bytes after their prefix. */
export function frameOf(flags: number, message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefixSize + message.byteLength)
  bytes.set(message, prefixSize)
  writePrefix(bytes, flags)
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

/** The length that a prefix declares. @param at where the prefix begins */
function lengthAt(bytes: Buffer, at: number): number {
  const low = ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number)
  return (bytes[at + 1] as number) * 0x1000000 + low
}
