import type { EngineHandler } from '../core/active-call.js'
import { settle } from '../core/engine-handler.js'
import { type Outcome, passOn } from '../core/outcome.js'
import type { RpcError } from '../core/rpc-error.js'
import type { BoundMethod } from './bound-method.js'
import { callFailure } from './call-failure.js'
import { beginCall, ClientCall, type ClientCallInit, sendCall } from './client-call.js'

/** The promise of a call, and the method that is called. */
export interface Settling {
  readonly method: BoundMethod
  resolve(reply: unknown): void
  reject(error: RpcError): void
}

/** A unary call. It settles the promise of its caller itself. */
export class UnaryClientCall extends ClientCall implements Outcome {
  private readonly bound: BoundMethod
  private readonly resolveReply: (reply: unknown) => void
  private readonly rejectReply: (error: RpcError) => void
  /** Whether it rejects when it is cancelled, even if what it was sent to never settles. */
  private isGuarded = false

  constructor(init: ClientCallInit, { method, resolve, reject }: Settling) {
    super(init)
    this.bound = method
    this.resolveReply = resolve
    this.rejectReply = reject
    beginCall(method, this, init)
  }

  /**
   * Runs it through its policies: without a promise, unless one has to bring its end back to the asynchronous context of its caller. The
   * context of an observation needs none: it is left when the call has been sent, and policies with code of the application keep it.
   */
  send(): void {
    const { bound, canceled } = this
    if (canceled !== undefined) {
      this.reject(canceled)
      return
    }
    this.isGuarded = bound.guarded
    if (this.needsContext) passOn(sendCall(bound, this), this)
    else if (this.observed?.hasContext) this.observed.run(() => this.settle())
    else this.settle()
  }

  private settle(): void {
    const { handler } = this.bound
    // Without a promise there is no code of the application in between, which could take its time.
    if ((handler as EngineHandler).settle !== undefined) this.now = this.began
    settle(handler, this, this)
    this.now = undefined
  }

  fulfil(reply: unknown): void {
    if (!this.ended) this.bound.channel.calls.ended(false)
    this.finish()
    this.observed?.end(undefined)
    this.resolveReply(reply)
  }

  reject(error: unknown): void {
    if (!this.ended) this.bound.channel.calls.ended(true)
    this.finish()
    const failure = callFailure(error, this.method.path)
    this.observed?.end(failure)
    this.rejectReply(failure)
  }

  protected override stopped(reason: RpcError): void {
    if (this.isGuarded) this.reject(reason)
  }
}
