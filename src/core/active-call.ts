import {
  type Call,
  deadlineExceeded,
  type HeldReply,
  type MethodInfo,
  type OutgoingCompression,
  type Peer,
} from './call.js'
import { baggageHeader, idHeader, idIn, newId, passOnBaggage, readBaggage, writeBaggage } from './call-identity.js'
import type { AttemptObservation, MessageDirection } from './call-observer.js'
import { type CancelListener, tell, tellOnly } from './cancelable.js'
import type { Clock, Expirable, Timer } from './clock.js'
import type { Endpoint } from './endpoint.js'
import { readEventId } from './event-id.js'
import { Headers, type HeaderValue } from './headers.js'
import type { ObservedCall } from './observed-call.js'
import type { Outcome } from './outcome.js'
import type { RpcError } from './rpc-error.js'

/** What a call is made of. */
export interface CallInit {
  /** The method that is called. */
  readonly method: MethodInfo
  /** The request; an `AsyncIterable` of requests if the method streams them in. */
  readonly message: unknown
  /** The clock of `deadline`. */
  readonly clock: Clock
  /** Monotonic milliseconds of `clock`; `Infinity`: none. */
  readonly deadline: number
  /** When it began, in monotonic milliseconds of `clock`. Default: whoever needs it reads the clock. */
  readonly began?: number
  /** Request headers. Default: none. */
  readonly headers?: Headers | undefined
  /** Server: who calls. Default: unknown. */
  readonly peer?: Peer | undefined
}

/** A handler that uses what only the engine and protocols know of a call. */
export interface EngineHandler {
  (call: ActiveCall): Promise<unknown>
  /** The same without a promise, for unary calls. Default: there is only the promise. */
  readonly settle?: Settle | undefined
}

/** Runs a call and tells its outcome, possibly before it returns; it never throws. */
export type Settle = (call: ActiveCall, outcome: Outcome) => void

/**
 * The only implementation of Call, with what the engine and the protocols keep on a call. Headers, signal, listeners and timer exist only
 * in calls that use them.
 *
 * Invariant: the proxy or the protocol's server that makes one calls `finish()` when the reply is complete.
 */
export class ActiveCall implements Call, Expirable {
  readonly method: MethodInfo
  message: unknown
  readonly clock: Clock
  deadline: number
  /** When it began, in monotonic milliseconds of `clock`; undefined if its maker did not read the clock. */
  readonly began: number | undefined
  readonly peer: Peer | undefined
  endpoint: Endpoint | undefined = undefined
  /** Client: sends the current attempt to `endpoint`. */
  sender: EngineHandler | undefined = undefined
  /** Attempts before this one, as `grpc-previous-rpc-attempts` carries them. */
  previousAttempts = 0
  tried: Endpoint[] | undefined = undefined
  /** Compresses outgoing messages: requests on the client, replies on the server. Undefined: as the target or the server's settings say. */
  compression: OutgoingCompression | undefined = undefined
  compressMessages = true
  /** Client: an expired reply of the cache. A protocol with conditional requests replies with it if it is still valid. Set by `@Cached`. */
  heldReply: HeldReply | undefined = undefined
  /** Server: callers may cache the reply and ask later whether it is still valid. Set by `@Cached`. */
  isCacheable = false
  /** Client: the reply replaces one that failed, and must not be cached. Set by `@Fallback`. */
  isFallback = false
  /** Client: the stream of requests cannot be sent again, because its messages are no longer buffered. Set by the replay buffer. */
  streamBegan = false
  /** Client: if no endpoint can take the call, it waits until one can or its deadline passes. Source: gRPC, "Wait for Ready". */
  waitForReady = false
  /** Set while an observer sees the call. */
  observed: ObservedCall | undefined = undefined
  /** Client: what observes the current attempt. */
  observedAttempt: AttemptObservation | undefined = undefined
  /**
   * The time in monotonic milliseconds of `clock`, while it is known and only the engine runs: a clock is dear to read. Undefined: read the
   * clock.
   */
  now: number | undefined = undefined
  canceled: RpcError | undefined = undefined
  /** The reply is complete or has failed. */
  ended = false
  private timer: Timer | undefined = undefined
  /** Most calls have one listener: that of the protocol. */
  private listener: CancelListener | undefined = undefined
  private furtherListeners: CancelListener[] | undefined = undefined
  private controller: AbortController | undefined = undefined
  protected requestHeaders: Headers | undefined
  private knownId: string | undefined = undefined
  private knownBaggage: Map<string, string> | undefined = undefined
  private replyHead: Headers | undefined = undefined
  private replyTail: Headers | undefined = undefined

  /** Makes a call; `arm` starts its deadline's timer. */
  constructor(init: CallInit) {
    this.method = init.method
    this.message = init.message
    this.clock = init.clock
    this.deadline = init.deadline
    this.began = init.began
    this.requestHeaders = init.headers
    this.peer = init.peer
  }

  get attempt(): number {
    return this.previousAttempts + 1
  }

  get id(): string {
    this.knownId ??= idIn(this.headers) ?? newId()
    return this.knownId
  }

  get lastEventId(): string | undefined {
    return readEventId(this.headers)
  }

  get baggage(): Map<string, string> {
    this.knownBaggage ??= readBaggage(this.headers)
    return this.knownBaggage
  }

  /**
   * Client: sends on what identifies the request of the call being served, unless the caller has set it. A call that came without an id
   * gives none, unless its own was read: so a handler's calls need no header for it.
   */
  continueFrom(parent: ActiveCall): void {
    const { headers } = parent
    const id = parent.knownId ?? idIn(headers)
    if (id !== undefined && this.headersIfAny?.has(idHeader) !== true) this.headers.set(idHeader, id)
    const baggage = parent.knownBaggage === undefined ? passOnBaggage(headers) : writeBaggage(parent.knownBaggage)
    if (baggage && this.headersIfAny?.has(baggageHeader) !== true) this.headers.set(baggageHeader, baggage)
  }

  get headers(): Headers {
    this.requestHeaders ??= this.parseHeaders()
    return this.requestHeaders
  }

  /** A protocol's server overrides it to parse the headers only when they are read. */
  protected parseHeaders(): Headers {
    return new Headers()
  }

  /** Whether there is a request header with that name, in lower case. A protocol's server overrides it if it can tell that unparsed. */
  hasHeader(name: string): boolean {
    return this.headers.has(name)
  }

  /** The request headers if they exist; reading `headers` would create them. */
  get headersIfAny(): Headers | undefined {
    return this.requestHeaders
  }

  /** Client: gives a parallel attempt headers of its own, so that what is set on them is sent with it alone. */
  separateHeaders(): void {}

  get replyHeaders(): Headers {
    this.replyHead ??= new Headers()
    return this.replyHead
  }

  get replyTrailers(): Headers {
    this.replyTail ??= new Headers()
    return this.replyTail
  }

  /** The reply headers if they exist. */
  get replyHeadersIfAny(): Headers | undefined {
    return this.replyHead
  }

  /** The reply trailers if they exist. */
  get replyTrailersIfAny(): Headers | undefined {
    return this.replyTail
  }

  /** A protocol's server that can send headers alone overrides it. */
  sendHeaders(): void {}

  /** Client: where the current attempt goes, and what sends it there. */
  setEndpoint(endpoint: Endpoint, sender?: EngineHandler): void {
    this.endpoint = endpoint
    this.sender = sender
  }

  /**
   * Server: decodes the received bytes into `message`. The router calls it after the policies that need only headers. Does nothing if the
   * message is already there. Throws, or rejects with, an RpcError if the bytes are not a valid message.
   */
  receive(): Promise<void> | undefined {
    return undefined
  }

  /** Tells observers the bytes of a message as it is on the wire. */
  wireMessage(direction: MessageDirection, bytes: number): void {
    if (this.observed === undefined) return
    if (this.observedAttempt === undefined) this.observed.wireMessage(direction, bytes)
    else this.observedAttempt.wireMessage?.(direction, bytes)
  }

  /** Client: takes the reply's headers as received, in the form of `Headers.adopt`. */
  receiveReplyHeaders(list: HeaderValue[]): void {
    this.replyHead = Headers.adopt(list)
  }

  /** Client: takes the reply's trailers as received, in the form of `Headers.adopt`. */
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
    if (this.canceled !== undefined) tellOnly(listener, this.canceled)
    else if (this.ended) return
    else if (this.listener === undefined) this.listener = listener
    else if (this.furtherListeners === undefined) this.furtherListeners = [listener]
    else this.furtherListeners.push(listener)
  }

  offCancel(listener: CancelListener): void {
    if (this.listener === listener) this.listener = undefined
    else {
      const at = this.furtherListeners?.indexOf(listener) ?? -1
      if (at >= 0) this.furtherListeners?.splice(at, 1)
    }
  }

  /** Starts the deadline's timer. The maker of the call calls it once. @param now the time, if it is known: a clock is dear to read */
  arm(now = this.clock.now()): void {
    if (this.deadline !== Number.POSITIVE_INFINITY) this.timer = this.clock.schedule(this.deadline - now, this, now)
  }

  /** Stops the deadline's timer. The rest of the call, such as a stream that has begun, may outlast the deadline. */
  disarm(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  /** Stops the clock of the deadline until `startClock`: the process is busy with something that the call must not pay for. */
  stopClock(): void {
    this.disarm()
  }

  /** Continues after `stopClock`. @param stopped the milliseconds in between, by which the deadline is later now */
  startClock(stopped: number): void {
    if (this.timer !== undefined || this.ended || this.canceled !== undefined) return
    this.deadline += stopped
    this.arm()
  }

  /** The deadline has passed. Called by the clock. */
  expire(): void {
    this.cancel(deadlineExceeded(this))
  }

  /** Cancels the call. The first reason wins; a call that has ended ignores it. Every listener runs, even if another one throws. */
  cancel(reason: RpcError): void {
    if (this.ended || this.canceled !== undefined) return
    this.canceled = reason
    this.disarm()
    const { listener, furtherListeners } = this
    this.listener = this.furtherListeners = undefined
    this.observed?.canceled(reason)
    if (listener !== undefined) tell(listener, reason)
    if (furtherListeners !== undefined) for (const further of furtherListeners) tell(further, reason)
    this.controller?.abort(reason)
  }

  /**
   * Server: the handler has stopped working on the call, possibly long after the call was answered or cancelled. Called once. A protocol
   * that counts calls in flight overrides it.
   */
  settled(): void {}

  /** Ends the call: its reply is complete or has failed. Removes timer and listeners. */
  finish(): void {
    this.ended = true
    this.disarm()
    this.listener = this.furtherListeners = undefined
  }
}
