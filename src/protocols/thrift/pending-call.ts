import type { Call } from '../../core/call.js'
import type { RpcError } from '../../core/rpc-error.js'
import type { BoundMethod } from './bound-method.js'

/** The connection of a call that waits for its reply. */
export interface Forgetting {
  forget(sequence: number): void
}

interface PendingInit {
  readonly call: Call
  readonly method: BoundMethod
  /** The write that it goes out with. */
  readonly batch: number
  readonly link: Forgetting
  readonly sequence: number
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: RpcError) => void
}

/** A call that waits for its reply. */
export class PendingCall {
  readonly call: Call
  readonly method: BoundMethod
  readonly batch: number
  /** The listener of the call's cancellation: the caller is told at once. */
  readonly onCancel: (reason: RpcError) => void

  constructor(private readonly init: PendingInit) {
    this.call = init.call
    this.method = init.method
    this.batch = init.batch
    this.onCancel = reason => {
      init.link.forget(init.sequence)
      init.reject(reason)
    }
  }

  succeed(reply: unknown): void {
    this.call.offCancel(this.onCancel)
    this.init.resolve(reply)
  }

  fail(error: RpcError): void {
    this.call.offCancel(this.onCancel)
    this.init.reject(error)
  }
}
