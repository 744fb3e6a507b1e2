import type { Writable } from 'node:stream'
import type { ActiveCall } from '../../../core/active-call.js'
import { nextStep } from '../../../core/next-step.js'
import { RpcError } from '../../../core/rpc-error.js'

/**
 * Writes the messages of a handler to a response, one at a time, and pauses while the peer does not keep up. A cancelled call ends at once,
 * even if the handler never yields again.
 */
export class ReplyPump {
  private iterator: AsyncIterator<unknown> | undefined
  private resolve!: () => void
  private reject!: (error: unknown) => void
  private isOver = false

  /** @param write returns false to ask for a pause until `response` drains */
  constructor(
    private readonly response: Writable,
    private readonly write: (message: unknown) => boolean | Promise<boolean>,
  ) {}

  /** Resolves when all messages are written. Rejects with the handler's error, or the reason for the call's cancellation. */
  run(call: ActiveCall, messages: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
      this.iterator = (messages as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      call.onCancel(this.stop)
      this.pull()
    })
  }

  private readonly pull = (): void => {
    if (!this.isOver && this.iterator !== undefined) nextStep(this.iterator).then(this.take, this.fail)
  }

  private readonly take = (next: IteratorResult<unknown>): void => {
    if (this.isOver) return
    if (next.done) {
      this.isOver = true
      this.resolve()
      return
    }
    try {
      const taken = this.write(next.value)
      if (typeof taken === 'boolean') this.goOn(taken)
      else taken.then(this.goOn, this.fail)
    } catch (error) {
      this.stop(RpcError.from(error))
    }
  }

  private readonly goOn = (taken: boolean): void => {
    if (this.isOver) return
    if (taken) this.pull()
    else this.response.once('drain', this.pull)
  }

  private readonly fail = (error: unknown): void => {
    if (this.isOver) return
    this.isOver = true
    this.reject(error)
  }

  /** Ends the handler's generator, without waiting for it. */
  private readonly stop = (reason: RpcError): void => {
    this.fail(reason)
    this.response.off('drain', this.pull)
    // An error in its `finally` is ignored: the call has ended with `reason`.
    this.iterator?.return?.().then(undefined, () => {})
  }
}
