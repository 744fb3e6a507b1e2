import { Code } from './code.js'
import type { Duration } from './duration.js'
import { failure, type RpcError } from './rpc-error.js'

/** What a server or a client accepts at most. Times are in milliseconds. docs/reference/limits.md says what happens above each limit. */
export interface Limits {
  /** Bytes of one message, also after decompression. Default: 4 MiB. */
  readonly messageBytes: number
  /** Bytes of all headers of one message together, names and values. Default: 16 KiB. */
  readonly headerBytes: number
  /** Messages nested within messages. Default: 64. */
  readonly depth: number
  /** List elements, map entries and nested messages of one message together. Default: one for every 16 bytes of `messageBytes`. */
  readonly values: number
  /** Server: calls in flight on one connection. Default: 1,000. */
  readonly callsPerConnection: number
  /** Server: open connections. Client: open connections to each endpoint. Default: 10,000. */
  readonly connections: number
  /**
   * Server: open connections of one peer address. Default: `auto`, a tenth of `connections`, without a bound for loopback and Unix sockets.
   */
  readonly connectionsPerPeer: number | 'auto'
  /**
   * Server: bytes of replies that one connection has not taken. Above it no further request of that connection is read. Default: 16 MiB.
   */
  readonly unsentBytes: number
  /** How long a connection may take none of the bytes that wait for it. Then it is closed. Default: 60 s. */
  readonly stallTimeout: number
  /** Server: streams that one HTTP/2 connection may reset at once. Above it a GOAWAY ends the connection. Default: 1,000. */
  readonly resetBurst: number
  /** Server: resets that one HTTP/2 connection regains per second, up to `resetBurst`. Default: 33. */
  readonly resetsPerSecond: number
  /** Server: calls in flight. `auto` measures how many the server can handle. A call above it is refused at once. Default: `Infinity`. */
  readonly concurrency: number | 'auto'
  /** Server: how long a connection may be without a call. Then it is closed. Client, on gRPC: the same. Default: 5 min. */
  readonly idleTimeout: number
  /** Server: how long the body of a request may take to arrive. Default: 30 s. */
  readonly bodyTimeout: number
  /**
   * Server: how long `close()` goes on taking calls while `/readyz`, gRPC health and the registry say that it is not ready. Default: 0, as
   * clients of this package need no notice. Behind a balancer that polls: a little more than its period, such as `'5s'`.
   */
  readonly drainDelay: number
  /** Server: how long `close()` lets calls in flight run before it cancels them. Default: 30 s. */
  readonly drainTimeout: number
  /** Server: the longest deadline that a client may ask for. Default: 24 h. */
  readonly maxDeadline: number
  /** Server: how long the first bytes of a connection, TLS handshake included, may take to tell its protocol. Default: 10 s. */
  readonly handshakeTimeout: number
  /**
   * Server: the time that an HTTP/2 client must leave between its PINGs while the server sends nothing; 2 hours without a call in flight.
   * After two that come earlier the next ends the connection. 0 allows any. Default: 5 min. Source: gRFC A8.
   */
  readonly minPingTime: number
}

type TimeLimit =
  | 'stallTimeout'
  | 'idleTimeout'
  | 'bodyTimeout'
  | 'drainDelay'
  | 'drainTimeout'
  | 'maxDeadline'
  | 'handshakeTimeout'
  | 'minPingTime'

/**
 * The `limits` of `serve` and `connect`. Default of each: `defaultLimits`. A time is a `Duration`: milliseconds, or text such as `'5s'`.
 */
export type LimitOptions = { readonly [K in keyof Limits]?: K extends TimeLimit ? Duration : Limits[K] }

/** Those of one message. A page has no others. */
export const messageLimits = Object.freeze({ messageBytes: 4 * 1024 * 1024, depth: 64, values: 262_144 })

/** The limits that apply unless others are set. Made by a function, which a bundler can drop. */
export const defaultLimits: Limits = /* @__PURE__ */ (() =>
  Object.freeze<Limits>({
    ...messageLimits,
    headerBytes: 16 * 1024,
    callsPerConnection: 1000,
    connections: 10_000,
    connectionsPerPeer: 'auto',
    unsentBytes: 16 * 1024 * 1024,
    stallTimeout: 60_000,
    // nghttp2's bucket.
    resetBurst: 1000,
    resetsPerSecond: 33,
    // Bounded by callsPerConnection and connections.
    concurrency: Number.POSITIVE_INFINITY,
    idleTimeout: 5 * 60_000,
    bodyTimeout: 30_000,
    drainDelay: 0,
    drainTimeout: 30_000,
    maxDeadline: 24 * 3_600_000,
    handshakeTimeout: 10_000,
    minPingTime: 5 * 60_000,
  }))()

/** A message over `limits.messageBytes`. Raised where the method is not known; `protocols/failures.ts` names it. @param limit bytes */
export function messageTooLarge(limit: number): RpcError {
  return failure(
    'message_too_large',
    Code.resource_exhausted,
    `the message is larger than ${limit} bytes (limits.messageBytes)`,
  )
}

/** @throws RpcError `resource_exhausted` (`message_too_large`) */
export function checkMessageSize(size: number, limit: number): void {
  if (size > limit) throw messageTooLarge(limit)
}
