import type { Clock } from './clock.js'
import { Code } from './code.js'
import type { Endpoint } from './endpoint.js'
import type { Headers } from './headers.js'
import { type Delivery, failure, type RpcError } from './rpc-error.js'

/** Which side streams. `unary`: neither. */
export type MethodKind = 'unary' | 'server_streaming' | 'client_streaming' | 'bidi_streaming'

/**
 * What a repeated call does. `safe`: the method has no side effects. `idempotent`: calling twice has the effect of calling once. `unknown`:
 * the method promises neither.
 */
export type Idempotency = 'unknown' | 'idempotent' | 'safe'

export function streamsIn(method: { readonly kind: MethodKind }): boolean {
  return method.kind === 'client_streaming' || method.kind === 'bidi_streaming'
}

export function streamsOut(method: { readonly kind: MethodKind }): boolean {
  return method.kind === 'server_streaming' || method.kind === 'bidi_streaming'
}

/** The method of a call, as policies and handlers see it. */
export interface MethodInfo {
  /** Name on the wire: `SayHello`. */
  readonly name: string
  /** Name of its service on the wire: `hello.Hello`. */
  readonly serviceName: string
  /** Service and method: `/hello.Hello/SayHello`. */
  readonly path: string
  /** Which side streams. */
  readonly kind: MethodKind
  /** What a repeated call does, as `@Safe` and `@Idempotent` declare it. */
  readonly idempotency: Idempotency
}

/** The caller of a call that is being served. */
export interface Peer {
  /** Its address: `127.0.0.1:43210`, `local` over a Unix socket, or `memory`. */
  readonly address: string
  /** The protocol that carries the call, such as `grpc`. */
  readonly protocol: string
  /** The holder of its verified TLS certificate. Default: undefined, because none was requested or sent. */
  readonly identity?: PeerIdentity | undefined
}

/** The holder of a verified TLS certificate (RFC 5280). */
export interface PeerIdentity {
  /** The distinguished name: `CN=orders,O=Example`. */
  readonly subject: string
  /** The common name (`CN`) of the subject; undefined if it has none. */
  readonly commonName: string | undefined
  /** Subject alternative names with their kind: `DNS:orders.example`, `URI:spiffe://example/orders`, `IP:10.0.0.1`. */
  readonly names: readonly string[]
  /** SHA-256 of the certificate, in hexadecimal: `A1:B2:...`. */
  readonly fingerprint: string
}

/**
 * Runs a call, or the rest of it. Resolves with the reply, or with an `AsyncIterable` of replies if the method streams them. Reply headers
 * and trailers are on the call.
 */
export type Handler = (call: Call) => Promise<unknown>

/**
 * One RPC in progress, at its caller or its server. Policies receive it; a handler asks for it with `currentCall()`.
 *
 * @example
 * async *watch(request: WatchRequest): AsyncIterable<Tick> {
 *   currentCall().onCancel(() => subscription.close())
 *   yield* subscription
 * }
 */
export interface Call {
  /** The method that is called: its path, its kind, whether it is safe to repeat. */
  readonly method: MethodInfo
  /** The request; an `AsyncIterable` of requests if the method streams them in. A policy may replace it. */
  message: unknown
  /**
   * Names the call in logs, on every server that takes part in it. Taken from the `x-request-id` header, or made on the first read. Calls
   * that a handler makes carry it on, if their wire has headers.
   */
  readonly id: string
  /**
   * Values that belong to the whole request, such as a tenant: from the `baggage` header (W3C), and sent on with calls that a handler
   * makes. What the handler sets goes with the calls that it makes later. Every server on the way can read it.
   */
  readonly baggage: Map<string, string>
  /** Request headers: received on the server, sent on the client. */
  readonly headers: Headers
  /**
   * Server: the key of the last reply that the caller has seen of a `@Resumable` stream, as text. The handler goes on after it. Undefined:
   * the caller asks for the whole stream.
   */
  readonly lastEventId: string | undefined
  /** Headers in front of the reply. A handler sets them before its first message; a caller reads them once there is a reply. */
  readonly replyHeaders: Headers
  /** Headers after the reply. A handler sets them before it returns; a caller reads them once the reply is complete. */
  readonly replyTrailers: Headers
  /**
   * Whether messages that are sent from now on may be compressed, where compression is on; default true. Each message of a stream can be
   * another: set it to `false` before one whose size would tell a secret, or that does not shrink.
   */
  compressMessages: boolean
  /** When the call must be complete, in milliseconds of `clock`: `call.deadline - call.clock.now()` is the time left. `Infinity`: never. */
  readonly deadline: number
  /** The monotonic clock of `deadline`; for delays that a `VirtualClock` controls in tests. */
  readonly clock: Clock
  /** Aborts with the reason when the call is cancelled or its deadline passes. The first read creates it; `onCancel` is cheaper. */
  readonly signal: AbortSignal
  /** Why the call was cancelled: `canceled` or `deadline_exceeded`. Undefined as long as it was not. */
  readonly canceled: RpcError | undefined
  /** Server: the caller's address and verified certificate. Client: undefined. */
  readonly peer: Peer | undefined
  /** Client: the endpoint of the latest attempt; undefined before the first. Server: undefined. */
  readonly endpoint: Endpoint | undefined
  /** Which attempt this is, 1 for the first. A server knows it if the protocol carries it (`grpc-previous-rpc-attempts`). */
  readonly attempt: number
  /** Client: endpoints that failed over, which a balancer must not pick again in this call. Undefined: none. */
  readonly tried: readonly Endpoint[] | undefined
  /**
   * Server: sends `replyHeaders` now, and not with the first message; what is set later is not sent. On gRPC, and for streams over HTTP and
   * `memory://`. Elsewhere the headers depend on the whole reply, and on the client there is nothing to send: it does nothing.
   *
   * @throws RpcError if the headers cannot be sent
   */
  sendHeaders(): void
  /** Runs the listener once when the call is cancelled; immediately if it already was. It never runs after the call has ended. */
  onCancel(listener: (reason: RpcError) => void): void
  /** Removes a listener of `onCancel`. */
  offCancel(listener: (reason: RpcError) => void): void
}

/** An expired reply of the cache, which its server can confirm. */
export interface HeldReply {
  /** The `ETag` that the server sent with it. */
  readonly tag: string
  /** The decoded reply. */
  readonly reply: unknown
}

/** How outgoing messages are compressed. */
export interface OutgoingCompression {
  /** The encoding to use, if the peer accepts it. */
  readonly encoding: {
    /** Name on the wire: `gzip`. */
    readonly name: string
    /** Compresses one message. */
    compress(bytes: Uint8Array): Promise<Uint8Array>
  }
  /** Bytes; a smaller message is sent as it is. */
  readonly above: number
}

/** The error of a call whose deadline has passed. */
export function deadlineExceeded(call: Pick<Call, 'method' | 'endpoint'>, delivery: Delivery = 'unknown'): RpcError {
  const where = call.endpoint === undefined ? '' : ` (last endpoint: ${call.endpoint.address})`
  const message = `${call.method.path}: no reply before its deadline${where}`
  return failure('deadline_exceeded', Code.deadline_exceeded, message, { delivery })
}
