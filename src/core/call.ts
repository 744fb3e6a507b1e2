import type { Clock, Expirable, Timer } from './clock.js'
import { Code } from './code.js'
import type { Endpoint } from './endpoint.js'
import { Headers, type HeaderValue } from './headers.js'
import { RpcError } from './rpc-error.js'
import { uncaught } from './uncaught.js'

export type MethodKind = 'unary' | 'server_streaming' | 'client_streaming' | 'bidi_streaming'

/** `safe`: no side effects, may be cached; `idempotent`: twice is as good as once; `unknown`: neither is promised. */
export type Idempotency = 'unknown' | 'idempotent' | 'safe'

export function streamsIn(method: { readonly kind: MethodKind }): boolean {
  return method.kind === 'client_streaming' || method.kind === 'bidi_streaming'
}

export function streamsOut(method: { readonly kind: MethodKind }): boolean {
  return method.kind === 'server_streaming' || method.kind === 'bidi_streaming'
}

/** What a policy may know of the method that is called. */
export interface MethodInfo {
  /** As on the wire: `SayHello`. */
  readonly name: string
  /** As on the wire: `hello.Hello`. */
  readonly serviceName: string
  /** `/hello.Hello/SayHello` */
  readonly path: string
  readonly kind: MethodKind
  readonly idempotency: Idempotency
}

/** Who is at the other end of a call that is being served. */
export interface Peer {
  /** `127.0.0.1:43210`; `local` where the other end has none, as of a Unix socket; or `memory`. */
  readonly address: string
  /** The protocol that carries the call: `http`, `grpc` ... */
  readonly protocol: string
  /** Whom the peer's certificate names; undefined where it sent none or was not asked for one. Only ever one that was verified. */
  readonly identity?: PeerIdentity | undefined
}

/** What a verified certificate says of its holder (RFC 5280). */
export interface PeerIdentity {
  /** The distinguished name: `CN=orders,O=Example`. */
  readonly subject: string
  readonly commonName: string | undefined
  /** Subject alternative names with their kinds: `DNS:orders.example`, `URI:spiffe://example/orders`, `IP:10.0.0.1`. */
  readonly names: readonly string[]
  /** SHA-256 of the certificate: `A1:B2:...`. */
  readonly fingerprint: string
}

/** A unary reply is the message; a streamed one an AsyncIterable of messages. Reply headers and trailers hang on the call. */
export type Handler = (call: Call) => Promise<unknown>

/** One RPC in flight, on either side of the wire. */
export interface Call {
  readonly method: MethodInfo
  /** The request; an AsyncIterable of requests where the method streams them in. */
  message: unknown
  /** Request headers; made on first use. */
  readonly headers: Headers
  /** Headers in front of the reply: written by a handler before its first message, read by a caller once there is a reply. */
  readonly replyHeaders: Headers
  /** Headers behind the reply. */
  readonly replyTrailers: Headers
  /** Monotonic milliseconds of `clock`; Infinity = none. */
  readonly deadline: number
  readonly clock: Clock
  /** Aborts with the reason when the call is cancelled or its deadline passes; made on first use (an AbortController costs about 3 us). */
  readonly signal: AbortSignal
  /** Why the call was cancelled; undefined while it is not. */
  readonly canceled: RpcError | undefined
  /** Its reply is complete or has failed. */
  readonly ended: boolean
  /** Server: who called. Client: undefined. */
  readonly peer: Peer | undefined
  /** Client: the endpoint that the present or the last attempt went to. */
  readonly endpoint: Endpoint | undefined
  /** Attempts before this one: what `grpc-previous-rpc-attempts` says. */
  previousAttempts: number
  /** Client: endpoints that the balancer must not pick again in this call; undefined means that any will do. */
  tried: Endpoint[] | undefined
  /** Client: while no endpoint can take it, it waits until one can or its deadline passes. Source: gRPC, "Wait for Ready". */
  readonly waitForReady: boolean
  /** Client: the stream of requests cannot be sent again, since what was taken from it is no longer kept. Set by the replay buffer. */
  streamBegan: boolean
  /**
   * How messages that go out are compressed, where the peer takes it: requests on the client, replies on the server. Undefined: as the
   * channel's target or the server's settings say.
   */
  compression: OutgoingCompression | undefined
  /** Runs the listener once, when the call is cancelled; at once if it already is. A call that ended never runs it. */
  onCancel(listener: (reason: RpcError) => void): void
  offCancel(listener: (reason: RpcError) => void): void
  /**
   * Server, for the router: makes `message` out of the bytes that arrived, behind the policies that judge by headers alone. Does nothing where
   * the message is there already. Throws, or rejects with, an RpcError where the bytes are no message.
   */
  receive(): Promise<void> | undefined
  /** Client, for the channel: what sends the present attempt to `endpoint`. */
  readonly sender: Handler | undefined
  /** Client, for the channel: where the attempt goes, and what sends it there. */
  setEndpoint(endpoint: Endpoint, sender?: Handler): void
  /** For protocols: headers as received; the list as for `Headers.adopt`. */
  receiveReplyHeaders(list: HeaderValue[]): void
  receiveReplyTrailers(list: HeaderValue[]): void
}

/** What to compress messages with, and from which size on. */
export interface OutgoingCompression {
  readonly encoding: {
    readonly name: string
    compress(bytes: Uint8Array): Promise<Uint8Array>
  }
  /** Bytes. */
  readonly above: number
}

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
  streamBegan = false
  waitForReady = false
  canceled: RpcError | undefined = undefined
  ended = false
  private timer: Timer | undefined = undefined
  private listeners: CancelListener[] | undefined = undefined
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
    else if (!this.ended) {
      if (this.listeners === undefined) this.listeners = [listener]
      else this.listeners.push(listener)
    }
  }

  offCancel(listener: CancelListener): void {
    const at = this.listeners?.indexOf(listener) ?? -1
    if (at >= 0) this.listeners?.splice(at, 1)
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
    const listeners = this.listeners
    this.listeners = undefined
    if (listeners !== undefined) for (const listener of listeners) tell(listener, reason)
    this.controller?.abort(reason)
  }

  /** The reply is complete or has failed: timer and listeners go. */
  finish(): void {
    this.ended = true
    this.disarm()
    this.listeners = undefined
  }
}

function tell(listener: CancelListener, reason: RpcError): void {
  try {
    listener(reason)
  } catch (error) {
    uncaught(error)
  }
}

/** The error of a call whose deadline has passed. */
export function deadlineExceeded(call: Call): RpcError {
  const where = call.endpoint === undefined ? '' : ` (last endpoint: ${call.endpoint.address})`
  return new RpcError(`${call.method.path}: no reply before its deadline${where}`, Code.deadline_exceeded, {
    reason: 'deadline_exceeded',
  })
}
