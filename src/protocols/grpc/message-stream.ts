import type { Serializer } from '../../codecs/codec.js'
import type { Encoding } from '../../codecs/compression.js'
import type { ActiveCall } from '../../core/active-call.js'
import { RpcError } from '../../core/rpc-error.js'
import type { Http2Stream } from '../../http2/stream.js'
import { MessageReader } from '../length-prefixed.js'
import { decompress } from './compression.js'
import { cutOff, frameRules } from './framing.js'

export interface MessageStreamOptions {
  readonly serializer: Serializer
  /** The most bytes of a message, before and after decompression. */
  readonly limit: number
  /** The call that receives them. */
  readonly call: ActiveCall
  /** Adds the method to the error of a message. */
  readonly unreadable: (error: unknown, path: string) => unknown
  /** Called when the rest is dropped: the reader left before the end, or a message could not be read. */
  readonly onDrop: (error: RpcError | undefined) => void
}

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown> | Promise<IteratorResult<unknown>>) => void
  readonly reject: (error: unknown) => void
}

/** While more messages wait, the sender gets its window back in steps of at least this many bytes. */
const creditFrom = 16_384

/**
 * The messages that arrive on one stream, decoded when the reader asks for them. The bytes of waiting messages are not given back to the
 * sender's window, so a slow reader stops the sender. The bytes of an incomplete message are given back, because otherwise it might never
 * be completed.
 */
export class MessageStream implements AsyncIterableIterator<unknown> {
  /** From the stream's headers; set before the first message. */
  encoding: Encoding | undefined = undefined
  private readonly reader: MessageReader
  private readonly waiters: Waiter[] = []
  private uncredited = 0
  private ended = false
  private dropped = false
  private error: RpcError | undefined = undefined
  /** Whether a message is being decompressed; later messages wait. */
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

  /** Called when the sender has ended the stream. @param error what the reader gets after the messages that arrived */
  end(error?: RpcError): void {
    if (this.ended) return
    this.ended = true
    this.error ??= error
    this.serve()
  }

  /** Ends the stream at once, and drops the messages that were not read. */
  fail(error: RpcError): void {
    if (this.ended && this.dropped) return
    this.error ??= error
    this.ended = true
    this.drop()
    this.serve()
  }

  /** Bytes that have arrived and were not read. */
  get unread(): number {
    return this.reader.buffered
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

  /** The next message or the end; undefined if it has not arrived. @throws RpcError if the stream failed */
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
      this.stream.traffic.messagesReceived++
      this.options.call.wireMessage('received', bytes.length)
      if (this.reader.compressed) return this.inflated(bytes)
      const value = this.decode(bytes, this.reader.isOwn)
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
      return { done: false, value: this.decode(plain, true) }
    } catch (error) {
      throw this.fault(error)
    } finally {
      this.busy = false
      queueMicrotask(() => this.serve())
    }
  }

  private decode(bytes: Uint8Array, isOwn: boolean): unknown {
    const { serializer, call } = this.options
    call.observed?.message('received', bytes.length)
    return serializer.decode(bytes, isOwn)
  }

  private fault(cause: unknown): RpcError {
    const error = RpcError.from(this.options.unreadable(cause, this.options.call.method.path))
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
