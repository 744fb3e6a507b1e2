import { type Clock, systemClock } from './clock.js'
import { MIN_MAX_FRAME } from './frames.js'

/** Limits and times of one connection. Each has a finite default, unless its text says otherwise. */
export interface ConnectionOptions {
  /** Streams that the peer may have open at once. Server only. */
  readonly maxConcurrentStreams: number
  /** Header list in bytes as RFC 9113, section 6.5.2, counts them. */
  readonly maxHeaderList: number
  /** CONTINUATION frames of one header block. */
  readonly maxContinuations: number
  /** Bytes a stream's peer may send ahead of consumption at first; grows with use up to `maxStreamWindow`. */
  readonly streamWindow: number
  readonly maxStreamWindow: number
  /** The same for all streams of the connection together. */
  readonly connectionWindow: number
  readonly maxConnectionWindow: number
  /** Bytes received and not consumed, over all streams, from which the connection window is no longer extended. */
  readonly maxBuffered: number
  /** Bytes that wait in one stream from which on `write` returns false. */
  readonly streamHighWater: number
  /**
   * Server only. Bytes of replies that may wait for the peer; above it no further request begins until some are taken. A reply is never
   * cut: one that is larger is sent whole.
   */
  readonly unsentBytes: number
  /** Streams that the peer may reset, or have us reset by its errors, at once; over it the connection ends (`ResetBucket`). Server only. */
  readonly resetBurst: number
  /** Resets a second that the peer regains, up to `resetBurst`. */
  readonly resetsPerSecond: number
  /** Informational responses (1xx) to one request. Client only. */
  readonly maxInformational: number
  /** PING and SETTINGS acknowledgements that the peer has us hold unsent. */
  readonly maxUnsentAcks: number
  /** Frames in 30 s that carry nothing: empty DATA, HEADERS and CONTINUATION without an end flag. */
  readonly maxEmptyFrames: number
  /** Milliseconds within which a frame or header block that has begun must be complete, and the preface arrive. */
  readonly frameTimeout: number
  /**
   * Milliseconds that bytes may wait while the peer takes none. A stream is then reset: a server's, and a client's whose request is
   * complete. The connection ends where its socket takes nothing, or where over `unsentBytes` wait.
   */
  readonly stallTimeout: number
  /** Milliseconds without a byte received until a PING asks whether the peer is there (gRFC A8). Infinity: never. */
  readonly keepaliveTime: number
  /** Milliseconds to wait for anything after that PING. */
  readonly keepaliveTimeout: number
  /** Whether to do so while no stream is open. */
  readonly keepaliveWithoutStreams: boolean
  /** Milliseconds that a client must leave between its PINGs (gRFC A8, A9); two strikes pass. Server only. 0: any. */
  readonly minPingInterval: number
  /** Milliseconds without an open stream until the connection closes. Infinity: never. */
  readonly idleTimeout: number
  /** Milliseconds, +/- 10 %, until the connection closes gracefully (gRFC A9). Server only. Infinity: never. */
  readonly maxAge: number
  /** Milliseconds that streams get to end after `maxAge`, or after too many resets. */
  readonly maxAgeGrace: number
  readonly clock: Clock
}

const COMMON: ConnectionOptions = {
  maxConcurrentStreams: 1000,
  maxHeaderList: 16_384,
  maxContinuations: 8,
  streamWindow: 262_144,
  maxStreamWindow: 4_194_304,
  connectionWindow: 1_048_576,
  maxConnectionWindow: 16_777_216,
  maxBuffered: 16_777_216,
  streamHighWater: 65_536,
  unsentBytes: Number.POSITIVE_INFINITY,
  resetBurst: 1000,
  resetsPerSecond: 33,
  maxInformational: 16,
  maxUnsentAcks: 100,
  maxEmptyFrames: 100,
  frameTimeout: 30_000,
  stallTimeout: 60_000,
  keepaliveTime: Number.POSITIVE_INFINITY,
  keepaliveTimeout: 20_000,
  keepaliveWithoutStreams: false,
  minPingInterval: 0,
  idleTimeout: Number.POSITIVE_INFINITY,
  maxAge: Number.POSITIVE_INFINITY,
  maxAgeGrace: Number.POSITIVE_INFINITY,
  clock: systemClock,
}

export const CLIENT_DEFAULTS: ConnectionOptions = COMMON

/** gRPC's defaults for keepalive; finite age and idleness so that a fleet of clients spreads over new servers. */
export const SERVER_DEFAULTS: ConnectionOptions = {
  ...COMMON,
  keepaliveTime: 7_200_000,
  minPingInterval: 300_000,
  idleTimeout: 300_000,
  maxAge: 1_800_000,
  maxAgeGrace: 300_000,
  unsentBytes: 16_777_216,
}

/** @throws RangeError for a window that HTTP/2 does not allow */
export function withDefaults(
  options: Partial<ConnectionOptions> | undefined,
  defaults: ConnectionOptions,
): ConnectionOptions {
  if (options === undefined) return defaults
  if (complete.has(options)) return options as ConnectionOptions
  const all = { ...defaults, ...options }
  for (const key of ['streamWindow', 'connectionWindow', 'maxStreamWindow', 'maxConnectionWindow'] as const) {
    if (!(all[key] >= MIN_MAX_FRAME && all[key] <= 0x3fffffff)) {
      throw new RangeError(`${key} must be from ${MIN_MAX_FRAME} to 2^30 - 1 bytes, and is ${all[key]}`)
    }
  }
  return all
}

/** Options that many connections share. */
const complete = new WeakSet<Partial<ConnectionOptions>>()

/**
 * Completes the options of all connections of a server once, so that they share one object.
 * @throws RangeError for a window that HTTP/2 does not allow
 */
export function serverOptions(options: Partial<ConnectionOptions>): ConnectionOptions {
  const all = withDefaults(options, SERVER_DEFAULTS)
  complete.add(all)
  return all
}
