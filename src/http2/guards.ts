import { ErrorCode, Http2Error } from './error.js'
import type { ConnectionOptions } from './options.js'
import { ResetBucket } from './reset-bucket.js'

const PERIOD = 30_000
/** Without an open stream, a client that PINGs more often than this gets a strike (gRFC A8). */
const IDLE_PING_INTERVAL = 7_200_000
const MAX_STRIKES = 2

export interface GuardsHost {
  /** Called when the peer has caused too many resets: the connection must end without harm to its other streams. */
  resetsSpent(error: Http2Error): void
}

/**
 * Ends a connection whose peer sends frames that cost this side more than the peer. Each guard counts one thing that an honest peer seldom
 * does, and throws `enhance_your_calm` when there are too many.
 */
export class Guards {
  readonly resets: ResetBucket
  // Made when they are needed, since an idle connection would keep them.
  private empties: Counter | undefined = undefined
  private informationals: Counter | undefined = undefined
  private unsentAcks = 0
  private strikes = 0
  private lastPing = Number.NEGATIVE_INFINITY

  constructor(
    private readonly limits: ConnectionOptions,
    private readonly host: GuardsHost,
  ) {
    this.resets = new ResetBucket(limits)
  }

  /**
   * Called when the peer resets a stream (rapid reset, CVE-2023-44487), or this side resets it for what the peer sent (MadeYouReset,
   * CVE-2025-8671).
   * @throws Http2Error if the peer goes on long after it was asked to close
   */
  reset(): void {
    const left = this.resets.take()
    if (left >= 0) return
    const { resetBurst, resetsPerSecond } = this.limits
    const error = calm(`too many streams were reset (resetBurst ${resetBurst}, resetsPerSecond ${resetsPerSecond})`)
    if (left < -resetBurst) throw error
    this.host.resetsSpent(error)
  }

  /** A frame that carries nothing and ends nothing (CVE-2019-9518). */
  empty(): void {
    this.empties ??= new Counter(this.limits, 'empty frames were sent')
    this.empties.add()
  }

  /** An informational response (1xx) over `maxInformational`, or on a stream that was reset. */
  informational(): void {
    this.informationals ??= new Counter(this.limits, 'needless informational responses were sent')
    this.informationals.add()
  }

  /** A PING or SETTINGS asks for an answer (CVE-2019-9512, CVE-2019-9515). */
  ack(): void {
    if (++this.unsentAcks > this.limits.maxUnsentAcks) {
      throw calm(`over ${this.limits.maxUnsentAcks} PING and SETTINGS frames wait for their acknowledgement`)
    }
  }

  /** The socket has taken the written bytes. */
  flushed(): void {
    this.unsentAcks = 0
  }

  /** A client sent a PING. `busy`: HEADERS or DATA were sent since the last one (gRFC A8). */
  ping(busy: boolean, streams: number): void {
    const { minPingInterval, clock } = this.limits
    if (minPingInterval === 0) return
    if (busy) {
      this.strikes = 0
      this.lastPing = Number.NEGATIVE_INFINITY
      return
    }
    const now = clock.now()
    const interval = streams > 0 ? minPingInterval : Math.max(minPingInterval, IDLE_PING_INTERVAL)
    const early = now - this.lastPing < interval
    this.lastPing = now
    if (early && ++this.strikes > MAX_STRIKES) throw calm('too_many_pings')
  }
}

/** Counts events in periods of 30 s. A period begins with an event. */
class Counter {
  private count = 0
  private since = 0

  constructor(
    private readonly limits: ConnectionOptions,
    private readonly what: string,
  ) {}

  add(): void {
    const { maxEmptyFrames } = this.limits
    if (this.count++ > 0 && this.count <= maxEmptyFrames) return
    const now = this.limits.clock.now()
    if (this.count === 1 || now - this.since >= PERIOD) {
      this.since = now
      this.count = 1
    } else {
      throw calm(`over ${maxEmptyFrames} ${this.what} within ${PERIOD / 1000} s`)
    }
  }
}

export function calm(why: string): Http2Error {
  return new Http2Error(ErrorCode.enhance_your_calm, why)
}
