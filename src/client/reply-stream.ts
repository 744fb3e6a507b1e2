import { Code } from '../core/code.js'
import { failure, type RpcError } from '../core/rpc-error.js'
import type { BoundMethod } from './bound-method.js'
import { callFailure } from './call-failure.js'
import { beginCall, ClientCall, callInit, type PreparedOptions, sendCall } from './client-call.js'

/**
 * The result of a method that streams replies, at the caller. Like an async generator it begins with the first `next()`, so a stream that
 * is never read costs nothing. Leaving the loop cancels the call.
 */
export class ReplyStream implements AsyncIterableIterator<unknown> {
  private call: ClientCall | undefined
  private replies: Promise<AsyncIterator<unknown>> | undefined
  /** Set once the server has accepted the call. */
  private source: AsyncIterator<unknown> | undefined
  private ended = false
  /** The reader has left: what it still waits for ends, and does not fail. */
  private left = false

  constructor(
    private readonly method: BoundMethod,
    private readonly message: () => unknown,
    private readonly options: PreparedOptions | undefined,
  ) {}

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.ended) return Promise.resolve({ done: true, value: undefined })
    if (this.source !== undefined) return this.source.next().then(this.took, this.failed)
    this.replies ??= this.begin()
    return this.replies.then(source => source.next()).then(this.took, this.failed)
  }

  async return(): Promise<IteratorResult<unknown>> {
    const { call, replies } = this
    this.left = true
    if (!this.ended && call !== undefined) {
      call.cancel(this.stoppedReading())
      this.end(undefined)
      await replies?.then(
        iterator => iterator.return?.(),
        () => {},
      )
    }
    this.ended = true
    return { done: true, value: undefined }
  }

  private async begin(): Promise<AsyncIterator<unknown>> {
    const { channel } = this.method
    if (!channel.isPrepared) {
      await channel.prepare()
      if (this.left) throw this.stoppedReading()
    }
    const init = callInit(this.method, this.message(), this.options)
    const call = new StreamingCall(init)
    beginCall(this.method, call, init)
    this.call = call
    if (call.canceled !== undefined) throw call.canceled
    const replies = (await sendCall(this.method, call)) as AsyncIterable<unknown>
    this.source = replies[Symbol.asyncIterator]()
    return this.source
  }

  private readonly took = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    if (result.done) this.end(undefined)
    return result
  }

  private readonly failed = (error: unknown): IteratorResult<unknown> => {
    const shown = callFailure(error, this.method.schema.path)
    this.end(shown)
    if (this.left) return { done: true, value: undefined }
    throw shown
  }

  private stoppedReading(): RpcError {
    return failure('canceled', Code.canceled, `${this.method.schema.path}: the caller stopped reading`)
  }

  private end(error: RpcError | undefined): void {
    this.ended = true
    const { call } = this
    if (call === undefined) return
    const outcome = error ?? call.canceled
    if (!call.ended) this.method.channel.calls.ended(outcome !== undefined)
    call.finish()
    call.observed?.end(outcome)
  }
}

class StreamingCall extends ClientCall {
  /** The reader of a cancelled stream may never come back. */
  protected override stopped(reason: RpcError): void {
    this.observed?.end(reason)
  }
}
