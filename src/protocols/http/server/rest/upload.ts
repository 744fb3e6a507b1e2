import type { IncomingMessage } from 'node:http'
import { Code } from '../../../../core/code.js'
import { failure, RpcError } from '../../../../core/rpc-error.js'

/**
 * The body of a request in chunks, as they arrive. The connection is read only while the handler asks for more, so that a slow handler
 * slows the client down.
 */
export class Upload implements AsyncIterableIterator<Uint8Array> {
  private readonly chunks: Uint8Array[] = []
  private waiter: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: RpcError): void } | undefined
  private outcome: { readonly error: RpcError | undefined } | undefined

  constructor(
    private readonly request: IncomingMessage,
    private readonly path: string,
  ) {
    request.on('data', this.take)
    request.once('end', this.end)
    request.once('close', this.lost)
    // The connection broke; 'close' follows.
    request.on('error', () => {})
    request.pause()
  }

  /** Bytes that have arrived and were not read. */
  get unread(): number {
    return this.chunks.reduce((sum, { byteLength }) => sum + byteLength, this.request.readableLength)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.chunks.shift()
    if (chunk !== undefined) return Promise.resolve({ done: false, value: chunk })
    if (this.outcome !== undefined) {
      const { error } = this.outcome
      return error === undefined ? Promise.resolve(finished) : Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject }
      this.request.resume()
    })
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.stop()
    return finished
  }

  /** Ends it, because the call is over. The rest of the body is left to whoever answers the request. */
  stop(reason?: RpcError): void {
    this.settle(reason ?? failure('canceled', Code.canceled, `${this.path}: the call is over`))
    this.request.off('data', this.take)
    this.request.off('end', this.end)
    this.request.off('close', this.lost)
    this.chunks.length = 0
    this.request.resume()
  }

  private readonly take = (chunk: Buffer): void => {
    const { waiter } = this
    this.waiter = undefined
    this.request.pause()
    if (waiter === undefined) this.chunks.push(chunk)
    else waiter.resolve({ done: false, value: chunk })
  }

  private readonly end = (): void => this.settle(undefined)

  private readonly lost = (): void =>
    this.settle(failure('truncated_request', Code.invalid_argument, `${this.path}: the body did not arrive whole`))

  private settle(error: RpcError | undefined): void {
    if (this.outcome !== undefined) return
    this.outcome = { error }
    const { waiter } = this
    this.waiter = undefined
    if (error === undefined) waiter?.resolve(finished)
    else waiter?.reject(error)
  }
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }
