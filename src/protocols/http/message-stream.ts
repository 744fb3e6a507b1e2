import { Code } from '../../core/code.js'
import { failure, RpcError } from '../../core/rpc-error.js'
import { compressedFlag, type FlagRules, MessageReader } from '../length-prefixed.js'

/** What a stream of received messages needs of the side that it stands on. */
export interface MessageSource {
  /** Bytes of one message. */
  readonly limit: number
  /** Code of bytes that break the protocol: `invalid_argument` in a request, `internal` in a reply. */
  readonly fault: Code.invalid_argument | Code.internal
  /** Of the method. */
  readonly path: string
  /** Names the method on what is wrong with a message. */
  readonly unreadable: (error: unknown, path: string) => unknown
  decode(bytes: Uint8Array): unknown
  /** Only called where the peer has named an encoding; else a compressed message is an error. */
  readonly decompress: ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined
  /** Let more bytes come: `push` had returned false. */
  resume(): void
  /** What is still to come is not wanted: the reader has left, or the bytes cannot be read any further. */
  abandon(): void
  /** Undefined where the peer may not send one (requests). */
  readonly endStream: EndOfStream | undefined
}

/** What becomes of a stream's last envelope. */
export interface EndOfStream {
  /** Bytes of it. */
  readonly limit: number
  /** As of messages, up to its own limit. */
  readonly decompress: ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined
  /** The stream ends, or fails with the error returned. */
  read(bytes: Uint8Array): RpcError | undefined
  /** Called when the stream is over because of one that had to be decompressed. */
  settled(): void
}

interface Envelope {
  readonly flags: number
  readonly bytes: Uint8Array
}

/** The flag of a stream's last envelope. */
export const endStreamFlag = 2

/** @param fault the code of unknown flags, which are the mistake of the other side */
export function frameRules(
  limits: { readonly message: number; readonly end: number },
  fault: Code.invalid_argument | Code.internal,
): FlagRules {
  return {
    limitOf(flags) {
      if (flags > (compressedFlag | endStreamFlag)) return -1
      return (flags & endStreamFlag) === 0 ? limits.message : limits.end
    },
    unknownFlags: flags =>
      failure('malformed_envelope', fault, `an envelope has unknown flags 0x${flags.toString(16)}`),
  }
}

interface Waiter {
  resolve(result: IteratorResult<unknown> | Promise<IteratorResult<unknown>>): void
  reject(error: unknown): void
}

/** Bytes of messages that may wait for their reader before the peer is asked to pause; a message counts as 64 at least. */
const highWaterMark = 64 * 1024
const leastWeight = 64

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Pushed bytes in, pulled messages out, in both directions of a stream. Bytes are cut into envelopes as they arrive and decoded when they
 * are asked for; `push` says when to pause.
 */
export class MessageStream implements AsyncIterableIterator<unknown> {
  private readonly reader: MessageReader
  private readonly ready: Envelope[] = []
  private readonly waiters: Waiter[] = []
  private outcome: { readonly error: RpcError | undefined } | undefined
  private paused = false
  private waiting = 0
  /** Its last envelope is being decompressed: nothing that arrives counts any more. */
  private isEnding = false
  /** Messages that have arrived whole. */
  received = 0

  constructor(private readonly source: MessageSource) {
    const { limit, endStream, fault } = source
    this.reader = new MessageReader(frameRules({ message: limit, end: endStream?.limit ?? limit }, fault))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** True once it has ended or failed: what arrives from then on is not looked at. */
  get isOver(): boolean {
    return this.outcome !== undefined
  }

  /** A message has arrived in part, and its rest is looked at. */
  get isPartial(): boolean {
    return this.outcome === undefined && !this.reader.isAtBoundary
  }

  /** True once there is something to read: a message, or how it ended. */
  get hasBegun(): boolean {
    return this.ready.length > 0 || this.outcome !== undefined
  }

  /** How it failed, where it did so before anything could be read. */
  get failure(): RpcError | undefined {
    return this.ready.length > 0 ? undefined : this.outcome?.error
  }

  /** @returns false: pause until `resume` is called */
  push(chunk: Buffer): boolean {
    if (this.isOver || this.isEnding) return true
    try {
      this.reader.push(chunk)
      while (this.reader.ready) {
        const bytes = this.reader.take()
        this.receive({ flags: this.reader.flags, bytes })
        if (this.isOver || this.isEnding) return true
      }
    } catch (error) {
      this.fail(RpcError.from(this.unreadable(error)))
      this.source.abandon()
      return true
    }
    this.paused = this.waiting >= highWaterMark
    return !this.paused
  }

  /** The peer has sent all. @param truncated the error if it stopped within a message, or before its end of stream where it owes one */
  end(truncated: RpcError): void {
    if (this.isEnding) return
    const whole = this.reader.isAtBoundary && this.source.endStream === undefined
    this.settle(whole ? undefined : truncated)
  }

  /** Messages that wait are dropped: the failure is what the reader sees next. */
  fail(error: RpcError): void {
    if (this.outcome !== undefined) return
    this.ready.length = 0
    this.settle(error)
  }

  async next(): Promise<IteratorResult<unknown>> {
    const envelope = this.ready.shift()
    if (envelope !== undefined) {
      this.waiting -= weightOf(envelope)
      if (this.paused && this.waiting < highWaterMark) this.wake()
      return this.open(envelope)
    }
    if (this.outcome !== undefined) {
      const { error } = this.outcome
      // Failed once, the stream is merely over to whoever asks again.
      this.outcome = { error: undefined }
      if (error !== undefined) throw error
      return finished
    }
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
  }

  async return(): Promise<IteratorResult<unknown>> {
    const unfinished = this.outcome === undefined
    this.outcome = { error: undefined }
    this.ready.length = 0
    for (const waiter of this.waiters.splice(0)) waiter.resolve(finished)
    if (unfinished) this.source.abandon()
    return finished
  }

  private receive(envelope: Envelope): void {
    this.received++
    if ((envelope.flags & endStreamFlag) !== 0) {
      this.receiveEnd(envelope)
      return
    }
    const waiter = this.waiters.shift()
    if (waiter === undefined) {
      this.ready.push(envelope)
      this.waiting += weightOf(envelope)
    } else this.open(envelope).then(waiter.resolve, waiter.reject)
  }

  private receiveEnd({ flags, bytes }: Envelope): void {
    const { endStream } = this.source
    if (endStream === undefined) {
      throw failure('malformed_envelope', this.source.fault, 'an end-of-stream envelope in a request')
    }
    if ((flags & compressedFlag) === 0) {
      this.settle(endStream.read(bytes))
      return
    }
    this.isEnding = true
    Promise.resolve()
      .then(() => this.inflate(bytes, endStream.decompress))
      .then(plain => this.settle(endStream.read(plain)))
      .catch(error => {
        this.fail(RpcError.from(this.unreadable(error)))
        this.source.abandon()
      })
      .finally(() => endStream.settled())
  }

  private async open({ flags, bytes }: Envelope): Promise<IteratorResult<unknown>> {
    try {
      return {
        done: false,
        value: this.source.decode(
          (flags & compressedFlag) === 0 ? bytes : await this.inflate(bytes, this.source.decompress),
        ),
      }
    } catch (error) {
      // A message that cannot be read ends the stream, for whoever has asked for the ones behind it too.
      this.ready.length = 0
      if (this.outcome === undefined) this.source.abandon()
      this.settle(undefined)
      this.outcome = { error: undefined }
      throw this.unreadable(error)
    }
  }

  private inflate(bytes: Uint8Array, decompress: MessageSource['decompress']): Promise<Uint8Array> {
    // Source: Connect protocol, "Enveloped-Message"; the same code whichever side is at fault.
    if (decompress === undefined) {
      throw failure('malformed_envelope', Code.internal, 'a message is compressed, but no encoding was named')
    }
    return decompress(bytes)
  }

  private settle(error: RpcError | undefined): void {
    if (this.outcome !== undefined) return
    const first = this.waiters.shift()
    this.outcome = { error: first === undefined ? error : undefined }
    if (error === undefined) first?.resolve(finished)
    else first?.reject(error)
    for (const waiter of this.waiters.splice(0)) waiter.resolve(finished)
    if (this.paused) this.wake()
  }

  private wake(): void {
    this.paused = false
    this.source.resume()
  }

  private unreadable(error: unknown): unknown {
    return this.source.unreadable(error, this.source.path)
  }
}

function weightOf(envelope: Envelope): number {
  return Math.max(envelope.bytes.byteLength, leastWeight)
}
