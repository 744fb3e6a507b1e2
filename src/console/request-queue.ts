/** The requests of a stream, pushed one by one. Who reads it waits for the next, or for the end. */
export class RequestQueue implements AsyncIterableIterator<unknown> {
  private readonly waiting: unknown[] = []
  private isEnded = false
  private wake: () => void = () => {}

  /** @param taken is told of each request as it is read for sending, and of the end */
  constructor(private readonly taken: (request: { readonly value: unknown } | undefined) => void) {}

  push(request: unknown): void {
    this.waiting.push(request)
    this.wake()
  }

  end(): void {
    this.isEnded = true
    this.wake()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<unknown>> {
    while (this.waiting.length === 0) {
      if (this.isEnded) {
        this.taken(undefined)
        return { done: true, value: undefined }
      }
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
    const value = this.waiting.shift()
    this.taken({ value })
    return { done: false, value }
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.waiting.length = 0
    this.end()
    return { done: true, value: undefined }
  }
}
