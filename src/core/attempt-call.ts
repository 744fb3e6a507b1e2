import { ActiveCall, type EngineHandler } from './active-call.js'
import type { Endpoint } from './endpoint.js'
import { Headers, type HeaderValue } from './headers.js'

/**
 * One of several parallel attempts of a call. It shares the message and the headers, and is cancelled with the call. What it receives
 * reaches the call only once it is committed.
 */
export class ForkedCall extends ActiveCall {
  private committed = false

  constructor(
    private readonly parent: ActiveCall,
    deadline: number,
  ) {
    super({ method: parent.method, message: parent.message, clock: parent.clock, deadline })
    this.previousAttempts = parent.previousAttempts
    this.tried = parent.tried
    this.waitForReady = parent.waitForReady
    this.heldReply = parent.heldReply
    this.compression = parent.compression
    this.compressMessages = parent.compressMessages
    this.observed = parent.observed
    parent.onCancel(this)
  }

  /** Shares the call's headers; they are created on the first read. */
  protected override parseHeaders(): Headers {
    return this.parent.headers
  }

  override get headersIfAny(): Headers | undefined {
    return this.requestHeaders ?? this.parent.headersIfAny
  }

  override separateHeaders(): void {
    this.requestHeaders = new Headers(this.parent.headers)
  }

  /** Passes on to the call what this attempt has received, and from now on what it receives. */
  commit(): void {
    const { parent, endpoint } = this
    this.committed = true
    if (endpoint !== undefined) parent.setEndpoint(endpoint, this.sender)
    if (this.replyHeadersIfAny !== undefined) parent.receiveReplyHeaders(listOf(this.replyHeadersIfAny))
    if (this.replyTrailersIfAny !== undefined) parent.receiveReplyTrailers(listOf(this.replyTrailersIfAny))
  }

  override stopClock(): void {
    super.stopClock()
    this.parent.stopClock()
  }

  override startClock(stopped: number): void {
    super.startClock(stopped)
    this.parent.startClock(stopped)
  }

  override setEndpoint(endpoint: Endpoint, send?: EngineHandler): void {
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
    this.parent.offCancel(this)
  }
}

/** The only attempt of a call, for policies that end it without ending the call. The call receives at once what it receives. */
export class AttemptCall extends ForkedCall {
  constructor(parent: ActiveCall, deadline: number) {
    super(parent, deadline)
    this.commit()
  }
}

function listOf(headers: Iterable<readonly [string, HeaderValue]>): HeaderValue[] {
  const list: HeaderValue[] = []
  for (const [name, value] of headers) list.push(name, value)
  return list
}
