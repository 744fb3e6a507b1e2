import { Code } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'
import type { BoundMethod } from './bound-method.js'
import { beginCall, type ClientCall, type PreparedOptions } from './client-call.js'

/**
 * What a method that streams out returns at the caller's. Like an async generator it begins with the first `next()`, so a stream that nobody
 * reads costs nothing; leaving the loop cancels the call.
 */
export class ReplyStream implements AsyncIterableIterator<unknown> {
  private call: ClientCall | undefined
  private replies: Promise<AsyncIterator<unknown>> | undefined
  private ended = false

  constructor(
    private readonly method: BoundMethod,
    private readonly message: unknown,
    private readonly options: PreparedOptions | undefined,
  ) {}

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.ended) return { done: true, value: undefined }
    this.replies ??= this.begin()
    try {
      const result = await (await this.replies).next()
      if (result.done) this.end()
      return result
    } catch (error) {
      this.end()
      throw RpcError.from(error)
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    const { call, replies } = this
    if (!this.ended && call !== undefined) {
      call.cancel(
        new RpcError(`${call.method.path}: the caller stopped reading`, Code.canceled, { reason: 'canceled' }),
      )
      this.end()
      await replies?.then(
        iterator => iterator.return?.(),
        () => {},
      )
    }
    this.ended = true
    return { done: true, value: undefined }
  }

  private async begin(): Promise<AsyncIterator<unknown>> {
    this.call = beginCall(this.method, this.message, this.options)
    const replies = (await this.method.handler(this.call)) as AsyncIterable<unknown>
    return replies[Symbol.asyncIterator]()
  }

  private end(): void {
    this.ended = true
    this.call?.finish()
  }
}
