import { ErrorCode, Http2Error } from './error.js'
import type { ConnectionOptions } from './options.js'

const PERIOD = 30_000
/** Without a stream open, a client that PINGs more often than this strikes (gRFC A8). */
const IDLE_PING_INTERVAL = 7_200_000
const MAX_STRIKES = 2

/**
 * What ends a connection whose peer sends what costs us more than it costs the peer: each guard counts one thing that
 * an honest peer seldom does, and throws `enhance_your_calm` when there are too many.
 */
export class Guards {
  private readonly resets: Counter
  private readonly empties: Counter
  private unsentAcks = 0
  private strikes = 0
  private lastPing = Number.NEGATIVE_INFINITY

  constructor(private readonly limits: ConnectionOptions) {
    this.resets = new Counter(limits, limits.maxResets, 'streams were reset')
    this.empties = new Counter(limits, limits.maxEmptyFrames, 'empty frames were sent')
  }

  /** A stream was reset by the peer, or by us because of what the peer sent (rapid reset, CVE-2023-44487). */
  reset(): void {
    this.resets.add()
  }

  /** A frame that carries nothing and ends nothing (CVE-2019-9518). */
  empty(): void {
    this.empties.add()
  }

  /** A PING or SETTINGS asks for an answer (CVE-2019-9512, CVE-2019-9515). */
  ack(): void {
    if (++this.unsentAcks > this.limits.maxUnsentAcks) {
      throw calm(`over ${this.limits.maxUnsentAcks} PING and SETTINGS frames wait for their acknowledgement`)
    }
  }

  /** The socket took what was written. */
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

/** Counts events in periods of 30 s that begin with an event. */
class Counter {
  private count = 0
  private since = 0

  constructor(
    private readonly limits: ConnectionOptions,
    private readonly most: number,
    private readonly what: string,
  ) {}

  add(): void {
    if (this.count++ > 0 && this.count <= this.most) return
    const now = this.limits.clock.now()
    if (this.count === 1 || now - this.since >= PERIOD) {
      this.since = now
      this.count = 1
    } else {
      throw calm(`over ${this.most} ${this.what} within ${PERIOD / 1000} s`)
    }
  }
}

export function calm(why: string): Http2Error {
  return new Http2Error(ErrorCode.enhance_your_calm, why)
}
