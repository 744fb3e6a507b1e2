/**
 * A stream that tells once how it ended, for what is held as long as it lasts: its failure, or undefined where it came to its end or its
 * reader left, were it before the first message.
 */
export class EndingStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>
  private over = false

  constructor(
    stream: AsyncIterable<unknown>,
    private readonly onEnd: (error: unknown) => void,
  ) {
    this.source = stream[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.source.next().then(
      result => {
        if (result.done) this.end(undefined)
        return result
      },
      (error: unknown) => {
        this.end(error)
        throw error
      },
    )
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.end(undefined)
    await this.source.return?.()
    return { done: true, value: undefined }
  }

  private end(error: unknown): void {
    if (this.over) return
    this.over = true
    this.onEnd(error)
  }
}
