import type { Call, MethodInfo, Peer } from './call.js'
import type { Endpoint } from './endpoint.js'
import type { RpcError } from './rpc-error.js'

/** The side of a call that is observed. */
export type ObservedSide = 'client' | 'server'

/**
 * Sees every call of a channel or a server, whichever protocol carries it. Metrics, traces and logs are observers.
 *
 * It changes no call: what it throws goes to `report`. `connect` and `serve` take a list of observers; without one, a call runs no code for
 * them.
 *
 * @example
 * const slow: CallObserver = {
 *   callBegan: call => ({
 *     ended: ({ duration }) => duration > 1000 && console.warn(`${call.method.path} took ${duration} ms`),
 *   }),
 * }
 * await serve([Hello], { observers: [slow] })
 *
 * @see docs/guide/observability.md#custom-observers
 */
export interface CallObserver {
  /** Whether it sends its context in request headers. Then `connect` warns if the wire has no headers. Default false. */
  readonly needsHeaders?: boolean
  /**
   * Whether a client's call that ends is told in the asynchronous context of its caller, which costs two promises. Without, it may be told
   * in any, and so may the end of an attempt always. Default true.
   */
  readonly needsContext?: boolean
  /**
   * A call begins: at the caller before its policies, on the server before its policies and before the request is decoded. Returns what
   * observes this call; undefined if nothing does.
   * @param protocol the name of the protocol that carries it: `grpc`
   * @param target the target of the channel, `grpc+dns://stock.svc:50051`; undefined on a server
   */
  callBegan(call: Call, side: ObservedSide, protocol: string, target?: string): CallObservation | undefined
  /**
   * Binds the observer to the calls of one method, before the first of them, so that a call looks nothing up. What it returns is told of
   * these calls in place of `callBegan`. Parameters as there. Default, and if it returns undefined: `callBegan` is called for each call.
   */
  bindMethod?(method: MethodInfo, side: ObservedSide, protocol: string, target?: string): MethodObserver | undefined
  /** A server refused a call that it made no `Call` of: unknown method, invalid headers, draining. Default: it is not observed. */
  callRefused?(refused: RefusedCall): void
  /** A circuit breaker of a channel changed its state. Default: it is not observed. */
  breakerChanged?(change: BreakerChange): void
  /** A channel connected to an endpoint, failed to, or lost its connection. Default: it is not observed. */
  connectionChanged?(change: ConnectionChange): void
  /** Outlier ejection of a channel left an endpoint out, or let it return. Default: it is not observed. */
  ejectionChanged?(change: EjectionChange): void
}

/** Observes the calls of one method, on one side and over one protocol. */
export interface MethodObserver {
  /** As `callBegan` of a `CallObserver`. */
  callBegan(call: Call): CallObservation | undefined
}

/**
 * Observes one call. Every method is optional but `ended`. What keeps nothing of a single call can observe all calls of a method, so that a
 * call allocates nothing for it.
 */
export interface CallObservation {
  /**
   * The trace that the call belongs to. The other observers are told it with the end of the call, so that logs and exemplars have it also if
   * the trace begins here. Default: the call belongs to the trace in its header `traceparent`, if it has one.
   */
  readonly trace?: CallTrace | undefined
  /** Runs the call, in a context that policies and the handler see. It calls `next` once and returns its result. Default: calls `next`. */
  run?<T>(next: () => T): T
  /** Client: an attempt begins; its endpoint is picked, its headers are not sent yet. Default: attempts are not observed. */
  attemptBegan?(attempt: ObservedAttempt): AttemptObservation | undefined
  /** A policy decided something about the call. Default: decisions are not observed. */
  decided?(decision: Decision): void
  /** Bytes of one message as the codec wrote or read them, uncompressed. Default: bytes are not counted. */
  message?(direction: MessageDirection, bytes: number): void
  /**
   * Server, over gRPC: bytes of one message as it is on the wire, compressed if it was, without framing. Default: they are not counted. A
   * client's messages are told to their attempt.
   */
  wireMessage?(direction: MessageDirection, bytes: number): void
  /**
   * The call carries a stream of which messages may wait: from now on `backlog` tells how much. A client's call that is sent again tells it
   * again. Calls over `memory://` hand over one message at a time, and tell nothing. Default: it is not told.
   */
  streams?(backlog: StreamBacklog): void
  /** The call ended. Called once, last. */
  ended(outcome: CallOutcome, call: Call): void
}

/** How much of a stream waits to be read: bytes at the time of reading the property. */
export interface StreamBacklog {
  /** Of messages that have arrived, and that the handler, or the caller, has not read. */
  readonly unread: number
  /** Of messages that were sent, and that the peer or the socket does not take yet. Undefined if the protocol's client does not know. */
  readonly unsent: number | undefined
}

/** The trace that a call belongs to. Source: W3C Trace Context. */
export interface CallTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits: the span of the call, or of its caller. */
  readonly spanId: string
  /** Whether the trace is recorded. */
  readonly sampled: boolean
}

/** The direction of a message: `sent` or `received` by the observed side. */
export type MessageDirection = 'sent' | 'received'

/** Observes one attempt. */
export interface AttemptObservation {
  /** As `wireMessage` of a call. */
  wireMessage?(direction: MessageDirection, bytes: number): void
  /** The attempt ended: with its reply, with the end of its stream of replies, or with an error. */
  ended(error: RpcError | undefined): void
}

/** One attempt of a call. */
export interface ObservedAttempt {
  /** The attempt; the call itself, or its own if attempts run in parallel. Its `headers` are sent with this attempt. */
  readonly call: Call
  /** Counted from 1. */
  readonly number: number
  /** The endpoint that was picked. */
  readonly endpoint: Endpoint
  /** Why there is such an attempt. */
  readonly cause: AttemptCause
  /** The name of the balancer that picked the endpoint. */
  readonly balancer: string
  /** The number of endpoints among which it picked. */
  readonly candidates: number
  /** Calls in flight to the endpoint, without this one. */
  readonly inFlight: number
}

/** Why there is an attempt: it is the first, or a policy decided to send another. */
export type AttemptCause = 'first' | 'retry' | 'hedge' | 'failover'

/** What a policy decided about a call. */
export interface Decision {
  /** The name of the policy: `retry`. */
  readonly policy: string
  /**
   * What it decided: to send another attempt (`retry`, `hedge`, `failover`), to take the reply of a hedge (`won`), to send no further attempt
   * (`stop`), or to answer without a call (`cached`).
   */
  readonly action: 'retry' | 'hedge' | 'failover' | 'won' | 'stop' | 'cached'
  /** Why, in a few words: `pushback`, `no budget left`. */
  readonly why: string
  /** Milliseconds until the next attempt; default 0. */
  readonly delay?: number
  /** The failure that the policy judged. Default: there was none. */
  readonly error?: RpcError
}

/** How a call ended. */
export interface CallOutcome {
  /** The failure: on the server as the peer sees it. Undefined if the call succeeded. */
  readonly error: RpcError | undefined
  /** The trace that an observer has for the call. Default: none has one; the call may have a header `traceparent`. */
  readonly trace?: CallTrace | undefined
  /** The policy that refused the call before it reached an endpoint or a handler, such as `rateLimit`. Default: none did. */
  readonly shedBy: string | undefined
  /** Milliseconds; on the server until the replies of its tick leave together. */
  readonly duration: number
}

/** A call that a server refused before it made a `Call` of it. */
export interface RefusedCall {
  /** The path that the peer asked for, which may be any text; empty if it could not be read. */
  readonly path: string
  /** The peer, with its protocol. */
  readonly peer: Peer
  /** The refusal. */
  readonly error: RpcError
}

/** What became of a channel's connection to an endpoint. */
export interface ConnectionChange {
  /** The name of the protocol. */
  readonly protocol: string
  /** The target of the channel. */
  readonly target: string
  /** The endpoint. */
  readonly endpoint: Endpoint
  /** Whether the channel uses TLS. */
  readonly secure: boolean
  /** `connected`; `failed`: it could not be connected; `disconnected`: it was connected, and is no more. */
  readonly state: 'connected' | 'failed' | 'disconnected'
  /**
   * Why it was disconnected, in the words of gRFC A94: `GOAWAY NO_ERROR`, `subchannel shutdown`, `connection reset`, `connection timed out`,
   * `connection aborted`, `socket error` or `unknown`. Only protocols over HTTP/2 know more than `subchannel shutdown`. Undefined in the
   * other states.
   */
  readonly reason: string | undefined
}

/** What outlier ejection did with an endpoint of a channel. */
export interface EjectionChange {
  /** The name of the protocol. */
  readonly protocol: string
  /** The target of the channel. */
  readonly target: string
  /** The endpoint. */
  readonly endpoint: Endpoint
  /**
   * `ejected`: calls go elsewhere for a while; `returned`: they may go there again, or the channel has the endpoint no longer. An endpoint
   * returns with the first call after its time.
   */
  readonly state: 'ejected' | 'returned'
}

/** A new state of a circuit breaker. */
export interface BreakerChange {
  /** The method of the circuit. */
  readonly method: MethodInfo
  /** The address of its endpoint. */
  readonly endpoint: string
  /** The new state. It is `closed`, too, when the endpoint has left the channel, or the channel is closed. */
  readonly state: BreakerState
}

/** The state of a circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open'
