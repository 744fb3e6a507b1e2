import type { ActiveCall } from '../../../core/active-call.js'
import type { RpcError } from '../../../core/rpc-error.js'
import type { BoundMethod } from './bound-method.js'

/** The connection of a call that waits for its reply. */
export interface Forgetting {
  forget(sequence: number): void
}

interface PendingInit {
  readonly call: ActiveCall
  readonly method: BoundMethod
  /** The write that it goes out with. */
  readonly batch: number
  readonly link: Forgetting
  readonly sequence: number
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: RpcError) => void
}

/** A call that waits for its reply; it keeps no literal that it is made from (docs/decisions/short-lived-calls.md). */
export class PendingCall {
  readonly call: ActiveCall
  readonly method: BoundMethod
  readonly batch: number
  readonly sequence: number
  private readonly resolve: (reply: unknown) => void
  private readonly reject: (error: RpcError) => void
  /** The listener of the call's cancellation: the caller is told at once. */
  readonly onCancel: (reason: RpcError) => void

  constructor({ call, method, batch, link, sequence, resolve, reject }: PendingInit) {
    this.call = call
    this.method = method
    this.batch = batch
    this.sequence = sequence
    this.resolve = resolve
    this.reject = reject
    this.onCancel = reason => {
      link.forget(sequence)
      reject(reason)
    }
  }

  succeed(reply: unknown): void {
    this.call.offCancel(this.onCancel)
    this.resolve(reply)
  }

  fail(error: RpcError): void {
    this.call.offCancel(this.onCancel)
    this.reject(error)
  }
}
