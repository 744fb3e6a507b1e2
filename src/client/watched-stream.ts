/**
 * A stream whose end is told: with what it failed with, or undefined where it ended or its reader left. No async generator, since each of
 * those costs a message several promises.
 */
export class WatchedStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>
  private isOver = false

  /** @param ended called once */
  constructor(
    stream: AsyncIterable<unknown>,
    private readonly ended: (error: unknown) => void,
  ) {
    this.source = stream[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.source.next().then(this.took, this.failed)
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.end(undefined)
    await this.source.return?.()
    return { done: true, value: undefined }
  }

  private readonly took = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    if (result.done) this.end(undefined)
    return result
  }

  private readonly failed = (error: unknown): never => {
    this.end(error)
    throw error
  }

  private end(error: unknown): void {
    if (this.isOver) return
    this.isOver = true
    this.ended(error)
  }
}
