import { ActiveCall } from './active-call.js'
import { type Call, type Handler } from './call.js'
import type { Endpoint } from './endpoint.js'
import type { Headers, HeaderValue } from './headers.js'
import type { RpcError } from './rpc-error.js'

/**
 * One of several attempts of a call that run at once. It shares message and headers and ends when the call does; what it receives it keeps
 * to itself until it is the one that counts.
 */
export class ForkedCall extends ActiveCall {
  private committed = false
  private readonly forward = (reason: RpcError) => this.cancel(reason)

  constructor(
    private readonly parent: Call,
    deadline: number,
  ) {
    super({ method: parent.method, message: parent.message, clock: parent.clock, deadline })
    this.previousAttempts = parent.previousAttempts
    this.tried = parent.tried
    this.waitForReady = parent.waitForReady
    this.heldReply = parent.heldReply
    this.compression = parent.compression
    parent.onCancel(this.forward)
  }

  /** The call's own, which only looking makes. */
  protected override parseHeaders(): Headers {
    return this.parent.headers
  }

  override get headersIfAny(): Headers | undefined {
    return this.parent instanceof ActiveCall ? this.parent.headersIfAny : this.parent.headers
  }

  /** From now on the call receives what this attempt receives, and gets what there is already. */
  commit(): void {
    const { parent, endpoint } = this
    this.committed = true
    if (endpoint !== undefined) parent.setEndpoint(endpoint, this.sender)
    if (this.replyHeadersIfAny !== undefined) parent.receiveReplyHeaders(listOf(this.replyHeadersIfAny))
    if (this.replyTrailersIfAny !== undefined) parent.receiveReplyTrailers(listOf(this.replyTrailersIfAny))
  }

  override setEndpoint(endpoint: Endpoint, send?: Handler): void {
    super.setEndpoint(endpoint, send)
    if (this.committed) this.parent.setEndpoint(endpoint, send)
  }

  override receiveReplyHeaders(list: HeaderValue[]): void {
    super.receiveReplyHeaders(list)
    if (this.committed) this.parent.receiveReplyHeaders(list)
  }

  override receiveReplyTrailers(list: HeaderValue[]): void {
    super.receiveReplyTrailers(list)
    if (this.committed) this.parent.receiveReplyTrailers(list)
  }

  override finish(): void {
    super.finish()
    this.parent.offCancel(this.forward)
  }
}

/**
 * The one attempt of a call that runs, for policies that must be able to end it without ending the call: what it receives lands in the call
 * at once.
 */
export class AttemptCall extends ForkedCall {
  constructor(parent: Call, deadline: number) {
    super(parent, deadline)
    this.commit()
  }
}

function listOf(headers: Iterable<readonly [string, HeaderValue]>): HeaderValue[] {
  const list: HeaderValue[] = []
  for (const [name, value] of headers) list.push(name, value)
  return list
}
