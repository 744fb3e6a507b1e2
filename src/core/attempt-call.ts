import { ActiveCall, type Call, type Handler } from './call.js'
import type { Endpoint } from './endpoint.js'
import type { HeaderValue } from './headers.js'
import type { RpcError } from './rpc-error.js'

/**
 * One attempt of a call, for policies that must be able to end an attempt without ending the call. It shares message and headers; what it
 * receives lands in the call too; and it ends when the call does.
 */
export class AttemptCall extends ActiveCall {
  private readonly forward = (reason: RpcError) => this.cancel(reason)

  constructor(
    private readonly parent: Call,
    deadline: number,
  ) {
    super({ method: parent.method, message: parent.message, clock: parent.clock, deadline, headers: parent.headers })
    this.previousAttempts = parent.previousAttempts
    this.tried = parent.tried
    parent.onCancel(this.forward)
  }

  override setEndpoint(endpoint: Endpoint, sender?: Handler): void {
    super.setEndpoint(endpoint, sender)
    this.parent.setEndpoint(endpoint, sender)
  }

  override receiveReplyHeaders(list: HeaderValue[]): void {
    super.receiveReplyHeaders(list)
    this.parent.receiveReplyHeaders(list)
  }

  override receiveReplyTrailers(list: HeaderValue[]): void {
    super.receiveReplyTrailers(list)
    this.parent.receiveReplyTrailers(list)
  }

  override finish(): void {
    super.finish()
    this.parent.offCancel(this.forward)
  }
}
