import type { Call } from './call.js'
import { nextStep, wrongStep } from './next-step.js'
import { RpcError } from './rpc-error.js'

/**
 * A stream that reports its end once, for resources that are held until then: its failure, or undefined if it was complete or its reader
 * left, even before the first message. Cancelling the call ends it too, because the reader may never come back.
 *
 * It is not an async generator, which would cost several promises per message.
 */
export class EndingStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>
  private over = false

  /** @param onEnd called once */
  constructor(
    call: Call,
    stream: AsyncIterable<unknown>,
    private readonly onEnd: (error: unknown) => void,
  ) {
    this.source = stream[Symbol.asyncIterator]()
    call.onCancel(this.end)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    return nextStep(this.source).then(this.took, this.failed)
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.end(undefined)
    await this.source.return?.()
    return { done: true, value: undefined }
  }

  private readonly took = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    const wrong = wrongStep(result)
    if (wrong !== undefined) return this.failed(wrong)
    if (result.done) this.end(undefined)
    return result
  }

  private readonly failed = (error: unknown): never => {
    // To those who wait, undefined is the end of a complete stream.
    this.end(error ?? RpcError.from(error))
    throw error
  }

  private readonly end = (error: unknown): void => {
    if (this.over) return
    this.over = true
    this.onEnd(error)
  }
}
