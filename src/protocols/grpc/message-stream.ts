import type { Serializer } from '../../codecs/codec.js'
import type { Encoding } from '../../codecs/compression.js'
import { RpcError } from '../../core/rpc-error.js'
import type { Http2Stream } from '../../http2/stream.js'
import { MessageReader } from '../length-prefixed.js'
import { decompress } from './compression.js'
import { cutOff, frameRules } from './framing.js'

export interface MessageStreamOptions {
  readonly serializer: Serializer
  /** Bytes of a message, after decompression too. */
  readonly limit: number
  /** Of the method. */
  readonly path: string
  /** Names the method on what is wrong with a message. */
  readonly unreadable: (error: unknown, path: string) => unknown
  /** The reader left before the end, or a message could not be read: the rest is dropped. */
  readonly onDrop: (error: RpcError | undefined) => void
}

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown> | Promise<IteratorResult<unknown>>) => void
  readonly reject: (error: unknown) => void
}

/** Bytes taken from which on the sender is given leave to send as many again, while more messages wait. */
const creditFrom = 16_384

/**
 * The messages that arrive on one stream, decoded as they are asked for. Whole messages that nobody has asked for yet are not given back to
 * the sender's window, so a slow reader stops the sender; the bytes of an incomplete one are, since it could otherwise never be completed.
 */
export class MessageStream implements AsyncIterableIterator<unknown> {
  /** Set before the first message, from the stream's headers. */
  encoding: Encoding | undefined = undefined
  private readonly reader: MessageReader
  private readonly waiters: Waiter[] = []
  private uncredited = 0
  private ended = false
  private dropped = false
  private error: RpcError | undefined = undefined
  /** A message is being decompressed; those behind it wait. */
  private busy = false

  constructor(
    private readonly stream: Http2Stream,
    private readonly options: MessageStreamOptions,
  ) {
    this.reader = new MessageReader(frameRules(options.limit))
  }

  push(chunk: Buffer): void {
    if (this.dropped) {
      this.stream.consume(chunk.length)
      return
    }
    this.reader.push(chunk)
    this.uncredited += chunk.length
    if (this.waiters.length > 0) this.serve()
    this.credit()
  }

  /** The sender has ended it. @param error what the reader gets behind the messages there are */
  end(error?: RpcError): void {
    if (this.ended) return
    this.ended = true
    this.error ??= error
    this.serve()
  }

  /** Ends it at once: what has arrived and was not asked for is dropped. */
  fail(error: RpcError): void {
    if (this.ended && this.dropped) return
    this.error ??= error
    this.ended = true
    this.drop()
    this.serve()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.waiters.length === 0 && !this.busy) {
      try {
        const result = this.take()
        if (result !== undefined) return result instanceof Promise ? result : Promise.resolve(result)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<unknown>> {
    const left = !this.dropped && !(this.ended && this.reader.buffered === 0)
    this.ended = true
    this.drop()
    this.serve()
    if (left) this.options.onDrop(undefined)
    return Promise.resolve({ done: true, value: undefined })
  }

  private serve(): void {
    while (this.waiters.length > 0 && !this.busy) {
      try {
        const result = this.take()
        if (result === undefined) return
        this.waiters.shift()?.resolve(result)
      } catch (error) {
        this.waiters.shift()?.reject(error)
      }
    }
  }

  /** What comes next; undefined where that has not arrived. @throws RpcError how the stream ended */
  private take(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> | undefined {
    if (!this.dropped && this.reader.ready) return this.takeMessage()
    if (this.error !== undefined) throw this.error
    if (!this.ended) return undefined
    if (!this.dropped && this.reader.buffered > 0) throw this.fault(cutOff())
    return { done: true, value: undefined }
  }

  private takeMessage(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    try {
      const bytes = this.reader.take()
      if (this.reader.compressed) return this.inflated(bytes)
      const value = this.options.serializer.decode(bytes, this.reader.isOwn)
      this.credit()
      return { done: false, value }
    } catch (error) {
      throw this.fault(error)
    }
  }

  private async inflated(bytes: Uint8Array): Promise<IteratorResult<unknown>> {
    this.busy = true
    try {
      const plain = await decompress(bytes, this.encoding, this.options.limit)
      this.credit()
      return { done: false, value: this.options.serializer.decode(plain, true) }
    } catch (error) {
      throw this.fault(error)
    } finally {
      this.busy = false
      queueMicrotask(() => this.serve())
    }
  }

  private fault(cause: unknown): RpcError {
    const error = RpcError.from(this.options.unreadable(cause, this.options.path))
    if (this.error === undefined) {
      this.error = error
      this.ended = true
      this.drop()
      this.options.onDrop(error)
    }
    return this.error
  }

  private credit(): void {
    if (this.uncredited === 0) return
    const held = this.reader.ready ? this.reader.buffered : 0
    const free = this.uncredited - held
    if (free < creditFrom && (held > 0 || free === 0)) return
    this.uncredited = held
    this.stream.consume(free)
  }

  private drop(): void {
    if (this.dropped) return
    this.dropped = true
    this.reader.clear()
    if (this.uncredited > 0) this.stream.consume(this.uncredited)
    this.uncredited = 0
  }
}
