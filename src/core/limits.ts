/** What a server or a client accepts at most. Every limit is finite by default; each can be set in `serve` and `connect`. */
export interface Limits {
  /** Bytes of one message, after decompression too. */
  readonly messageBytes: number
  /** Bytes of all headers of one message together, names and values. */
  readonly headerBytes: number
  /** Messages within messages. */
  readonly depth: number
  /** Calls in flight on one connection. */
  readonly callsPerConnection: number
  readonly connections: number
  /** Server: calls in flight altogether; `auto`: as many as it measures itself to bear. Over it a call is refused at once and never queued. */
  readonly concurrency: number | 'auto'
  /** Milliseconds until a connection without a call is closed. */
  readonly idleConnection: number
  /** Milliseconds within which a request's body must have arrived. */
  readonly body: number
  /** Milliseconds that `close()` lets calls in flight run before it cancels them. */
  readonly drain: number
  /** Milliseconds a client may ask for as its deadline at most. */
  readonly maxDeadline: number
  /** Milliseconds within which the first bytes must tell the protocol, TLS handshake included. */
  readonly handshake: number
}

export const defaultLimits: Limits = Object.freeze({
  messageBytes: 4 * 1024 * 1024,
  headerBytes: 16 * 1024,
  depth: 64,
  callsPerConnection: 1000,
  connections: 10_000,
  // Bounded by the two above.
  concurrency: Number.POSITIVE_INFINITY,
  idleConnection: 5 * 60_000,
  body: 30_000,
  drain: 30_000,
  maxDeadline: 24 * 3_600_000,
  handshake: 10_000,
})
