/**
 * A stream of requests as a body for undici, which pulls one chunk at a time. `stop` ends it at once, even while it waits for a message,
 * and ends the caller's iterator.
 */
export class RequestBody implements AsyncIterableIterator<Uint8Array> {
  private readonly source: AsyncIterator<unknown>
  private waiting: ((result: IteratorResult<Uint8Array>) => void) | undefined
  private isOver = false

  /** @param onError called with the error of the caller's iterator or of `encode`, which ends the body */
  constructor(
    messages: AsyncIterable<unknown>,
    private readonly encode: (message: unknown) => Uint8Array | Promise<Uint8Array>,
    private readonly onError: (error: unknown) => void,
  ) {
    this.source = messages[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return new Promise(resolve => {
      if (this.isOver) return resolve(finished)
      this.waiting = resolve
      this.source.next().then(this.take, this.fail)
    })
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.stop()
    return finished
  }

  stop(): void {
    if (this.isOver) return
    this.finish()
    // Not awaited, and an error in its `finally` is ignored: the call is over.
    this.source.return?.().then(undefined, () => {})
  }

  private readonly take = (next: IteratorResult<unknown>): void => {
    if (this.isOver) return
    if (next.done) {
      this.finish()
      return
    }
    try {
      const encoded = this.encode(next.value)
      if (encoded instanceof Promise) encoded.then(this.send, this.refuse)
      else this.send(encoded)
    } catch (error) {
      this.refuse(error)
    }
  }

  private readonly send = (value: Uint8Array): void => this.answer({ done: false, value })

  private readonly refuse = (error: unknown): void => {
    this.stop()
    this.onError(error)
  }

  private readonly fail = (error: unknown): void => {
    if (this.isOver) return
    this.onError(error)
    this.finish()
  }

  private finish(): void {
    this.isOver = true
    this.answer(finished)
  }

  private answer(result: IteratorResult<Uint8Array>): void {
    const waiting = this.waiting
    this.waiting = undefined
    waiting?.(result)
  }
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }
