import { Code } from '../../core/code.js'
import { failure, RpcError } from '../../core/rpc-error.js'
import { compressedFlag, type FlagRules, MessageReader } from '../length-prefixed.js'

/** What a stream of received messages needs of its side. */
export interface MessageSource {
  /** The most bytes of one message. */
  readonly limit: number
  /** The code of malformed bytes: `invalid_argument` in a request, `internal` in a reply. */
  readonly fault: Code.invalid_argument | Code.internal
  /** The path of the method. */
  readonly path: string
  /** Adds the method to the error of a message. */
  readonly unreadable: (error: unknown, path: string) => unknown
  decode(bytes: Uint8Array): unknown
  /** Undefined if the peer named no encoding: then a compressed message is an error. */
  readonly decompress: ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined
  /** Asks for more bytes after `push` returned false. */
  resume(): void
  /** Called when the rest is not needed: the reader has left, or a message cannot be read. */
  abandon(): void
  /** Undefined for requests, which have no end-of-stream envelope. */
  readonly endStream: EndOfStream | undefined
}

/** How a stream's last envelope is read. */
export interface EndOfStream {
  /** The most bytes of it. */
  readonly limit: number
  /** Like `MessageSource.decompress`, with its own limit. */
  readonly decompress: ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined
  /** @returns the error with which the stream fails; undefined if it ends well */
  read(bytes: Uint8Array): RpcError | undefined
  /** Called after an envelope that had to be decompressed has ended the stream. */
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

/** Bytes of waiting messages above which the peer must pause. A message counts as at least 64. */
const highWaterMark = 64 * 1024
const leastWeight = 64

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Turns pushed bytes into pulled messages, in both directions of a stream. It cuts bytes into envelopes as they arrive, and decodes them
 * when the reader asks. `push` returns false to ask for a pause.
 */
export class MessageStream implements AsyncIterableIterator<unknown> {
  private readonly reader: MessageReader
  private readonly ready: Envelope[] = []
  private readonly waiters: Waiter[] = []
  private outcome: { readonly error: RpcError | undefined } | undefined
  private paused = false
  private waiting = 0
  /** Whether its last envelope is being decompressed. What arrives then is ignored. */
  private isEnding = false
  /** The number of complete messages that have arrived. */
  received = 0

  constructor(private readonly source: MessageSource) {
    const { limit, endStream, fault } = source
    this.reader = new MessageReader(frameRules({ message: limit, end: endStream?.limit ?? limit }, fault))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Whether it has ended or failed. What arrives then is ignored. */
  get isOver(): boolean {
    return this.outcome !== undefined
  }

  /** Whether it waits for the rest of a message. */
  get isPartial(): boolean {
    return this.outcome === undefined && !this.reader.isAtBoundary
  }

  /** Bytes that have arrived and were not read. */
  get unread(): number {
    return this.ready.reduce((sum, { bytes }) => sum + bytes.byteLength, this.reader.buffered)
  }

  /** Whether there is something to read: a message or the end. */
  get hasBegun(): boolean {
    return this.ready.length > 0 || this.outcome !== undefined
  }

  /** Its failure, if there is no message to read before it. */
  get failure(): RpcError | undefined {
    return this.ready.length > 0 ? undefined : this.outcome?.error
  }

  /** @returns false to ask for a pause until `resume` is called */
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

  /** Called when the peer has sent everything. @param truncated the error if that ended within a message, or without a due end of stream */
  end(truncated: RpcError): void {
    if (this.isEnding) return
    const whole = this.reader.isAtBoundary && this.source.endStream === undefined
    this.settle(whole ? undefined : truncated)
  }

  /** Fails at once, and drops the waiting messages. */
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
      // The reader gets the failure once. After that the stream is over.
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
      // A message that cannot be read ends the stream, also for waiting readers of later messages.
      this.ready.length = 0
      if (this.outcome === undefined) this.source.abandon()
      this.settle(undefined)
      this.outcome = { error: undefined }
      throw this.unreadable(error)
    }
  }

  private inflate(bytes: Uint8Array, decompress: MessageSource['decompress']): Promise<Uint8Array> {
    // Source: Connect protocol, "Enveloped-Message": the same code on both sides.
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
