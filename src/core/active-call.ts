import {
  type Call,
  deadlineExceeded,
  type Handler,
  type HeldReply,
  type MethodInfo,
  type OutgoingCompression,
  type Peer,
} from './call.js'
import type { Clock, Expirable, Timer } from './clock.js'
import type { Endpoint } from './endpoint.js'
import { Headers, type HeaderValue } from './headers.js'
import type { RpcError } from './rpc-error.js'
import { uncaught } from './uncaught.js'

export interface CallInit {
  readonly method: MethodInfo
  readonly message: unknown
  readonly clock: Clock
  /** Monotonic milliseconds of `clock`. */
  readonly deadline: number
  readonly headers?: Headers | undefined
  readonly peer?: Peer | undefined
}

type CancelListener = (reason: RpcError) => void

/**
 * The one implementation of Call. Whoever makes one (the proxy, a protocol's server) must `finish()` it when its reply is complete.
 * Headers, signal, listeners and timer exist only in calls that use them.
 */
export class ActiveCall implements Call, Expirable {
  readonly method: MethodInfo
  message: unknown
  readonly clock: Clock
  deadline: number
  readonly peer: Peer | undefined
  endpoint: Endpoint | undefined = undefined
  sender: Handler | undefined = undefined
  previousAttempts = 0
  tried: Endpoint[] | undefined = undefined
  compression: OutgoingCompression | undefined = undefined
  heldReply: HeldReply | undefined = undefined
  isCacheable = false
  isFallback = false
  streamBegan = false
  waitForReady = false
  canceled: RpcError | undefined = undefined
  ended = false
  private timer: Timer | undefined = undefined
  /** Most calls have one listener: that of the protocol. */
  private listener: CancelListener | undefined = undefined
  private furtherListeners: CancelListener[] | undefined = undefined
  private controller: AbortController | undefined = undefined
  private requestHeaders: Headers | undefined
  private replyHead: Headers | undefined = undefined
  private replyTail: Headers | undefined = undefined

  constructor(init: CallInit) {
    this.method = init.method
    this.message = init.message
    this.clock = init.clock
    this.deadline = init.deadline
    this.requestHeaders = init.headers
    this.peer = init.peer
  }

  get headers(): Headers {
    this.requestHeaders ??= this.parseHeaders()
    return this.requestHeaders
  }

  /** A protocol's server overrides this where it keeps the headers unparsed until somebody asks. */
  protected parseHeaders(): Headers {
    return new Headers()
  }

  /** Request headers if the call has any; for protocols, which must not make them by looking. */
  get headersIfAny(): Headers | undefined {
    return this.requestHeaders
  }

  get replyHeaders(): Headers {
    this.replyHead ??= new Headers()
    return this.replyHead
  }

  get replyTrailers(): Headers {
    this.replyTail ??= new Headers()
    return this.replyTail
  }

  /** Reply headers if there are any; for protocols, which must not make them by looking. */
  get replyHeadersIfAny(): Headers | undefined {
    return this.replyHead
  }

  get replyTrailersIfAny(): Headers | undefined {
    return this.replyTail
  }

  setEndpoint(endpoint: Endpoint, sender?: Handler): void {
    this.endpoint = endpoint
    this.sender = sender
  }

  /** A protocol's server overrides this where it leaves the decoding to the router. */
  receive(): Promise<void> | undefined {
    return undefined
  }

  receiveReplyHeaders(list: HeaderValue[]): void {
    this.replyHead = Headers.adopt(list)
  }

  receiveReplyTrailers(list: HeaderValue[]): void {
    this.replyTail = Headers.adopt(list)
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.canceled !== undefined) this.controller.abort(this.canceled)
    }
    return this.controller.signal
  }

  onCancel(listener: CancelListener): void {
    if (this.canceled !== undefined) listener(this.canceled)
    else if (this.ended) return
    else if (this.listener === undefined) this.listener = listener
    else if (this.furtherListeners === undefined) this.furtherListeners = [listener]
    else this.furtherListeners.push(listener)
  }

  offCancel(listener: CancelListener): void {
    if (this.listener === listener) {
      this.listener = undefined
      return
    }
    const at = this.furtherListeners?.indexOf(listener) ?? -1
    if (at >= 0) this.furtherListeners?.splice(at, 1)
  }

  /** Starts the deadline's timer. Once, by whoever made the call. */
  arm(): void {
    if (this.deadline !== Number.POSITIVE_INFINITY)
      this.timer = this.clock.schedule(this.deadline - this.clock.now(), this)
  }

  /** Stops the deadline's timer: what comes now (a stream that has begun) may take longer than this deadline allows. */
  disarm(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  /** The deadline has passed. Called by the clock. */
  expire(): void {
    this.cancel(deadlineExceeded(this))
  }

  /**
   * Ends the call from outside: the first reason wins, and a call that has ended does not notice. Every listener hears of it, whatever
   * another one throws.
   */
  cancel(reason: RpcError): void {
    if (this.ended || this.canceled !== undefined) return
    this.canceled = reason
    this.disarm()
    const { listener, furtherListeners } = this
    this.listener = this.furtherListeners = undefined
    if (listener !== undefined) tell(listener, reason)
    if (furtherListeners !== undefined) for (const further of furtherListeners) tell(further, reason)
    this.controller?.abort(reason)
  }

  /**
   * The handler no longer works on the call, which may have been answered, or cancelled, long before. Once, on a server; a protocol that counts
   * calls in flight overrides it.
   */
  settled(): void {}

  /** The reply is complete or has failed: timer and listeners go. */
  finish(): void {
    this.ended = true
    this.disarm()
    this.listener = this.furtherListeners = undefined
  }
}

function tell(listener: CancelListener, reason: RpcError): void {
  try {
    listener(reason)
  } catch (error) {
    uncaught(error)
  }
}
