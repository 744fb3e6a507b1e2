import type { Clock } from './clock.js'
import { Code } from './code.js'
import type { Endpoint } from './endpoint.js'
import type { Headers, HeaderValue } from './headers.js'
import { failure, type RpcError } from './rpc-error.js'

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
  /**
   * Client: a reply that the cache still holds. A protocol with conditional requests asks whether it is still valid, and replies with it if so.
   * Set by `@Cached`.
   */
  heldReply: HeldReply | undefined
  /** Server: callers may cache the reply and ask later whether it is still valid. Set by `@Cached`. */
  isCacheable: boolean
  /** Client: the reply replaces one that failed, and must not be cached. Set by `@Fallback`. */
  isFallback: boolean
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

/** A reply and the tag (`ETag`) by which its server knows it. */
export interface HeldReply {
  readonly tag: string
  readonly reply: unknown
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

/** The error of a call whose deadline has passed. */
export function deadlineExceeded(call: Call): RpcError {
  const where = call.endpoint === undefined ? '' : ` (last endpoint: ${call.endpoint.address})`
  const message = `${call.method.path}: no reply before its deadline${where}`
  return failure('deadline_exceeded', Code.deadline_exceeded, message)
}
