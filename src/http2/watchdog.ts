import type { ReadonlyIdTable } from '../core/id-table.js'
import type { Timer } from './clock.js'
import { ErrorCode, Http2Error } from './error.js'
import { calm } from './guards.js'
import type { ConnectionOptions } from './options.js'
import { PROBE_TIMEOUT, ProbePace } from './probe-pace.js'
import { failStream, type Http2Stream } from './stream.js'
import type { Traffic } from './traffic.js'

/** Milliseconds between two checks of a connection that waits for something. */
const CADENCE = 1000
/**
 * Milliseconds without a stream until a connection rests. With many endpoints each of them has a call now and then, and resting in between
 * would cost every call.
 */
const REST_AFTER = 10_000
const MAX_DELAY = 0x7fffffff

/** A connection as its watchdog sees it. */
export interface Watched {
  readonly streams: ReadonlyIdTable<Http2Stream>
  /** Counts frames that have begun. It does not change while one trickles in. */
  readonly frames: number
  /** Counts the DATA and HEADERS frames among them. */
  readonly replies: number
  /** Within a frame, a header block or the preface. */
  readonly midway: boolean
  /** Whether the socket takes nothing at the moment; `turn` counts its writes. */
  readonly blocked: boolean
  readonly isServer: boolean
  readonly sender: {
    readonly unsent: { readonly crowded: boolean; readonly moved: number }
    readonly traffic: Traffic
  }
  /** Whether bytes have arrived, and streams have begun, since the last call. */
  takeActivity(): { received: boolean; opened: boolean }
  ping(): void
  /** Drops memory that the next stream makes again. */
  rest(): void
  close(): Promise<void>
  fail(error: unknown): void
}

/**
 * Everything that a connection does because time passes: keepalive PINGs (gRFC A8), idleness and age (gRFC A9), and the end of what a peer
 * holds open: a frame that is never completed, a body that never ends, a reply that is never taken. It has one timer: every second while
 * the connection waits for something, otherwise when the next thing is due.
 */
export class Watchdog {
  private timer: Timer | undefined
  private watching = false
  private stopped = false
  private restDue: number
  private lastReceived: number
  private idleSince: number
  private pingedAt = 0
  /** Milliseconds that the peer has to answer the last PING. */
  private patience = 0
  private pace: ProbePace | undefined = undefined
  private frames = 0
  private midwaySince: number
  private blockedSince = 0
  private moved = 0
  private crowdedSince = 0
  private closeDue: number
  private endDue = Number.POSITIVE_INFINITY

  constructor(
    private readonly limits: ConnectionOptions,
    private readonly watched: Watched,
  ) {
    const now = limits.clock.now()
    this.lastReceived = this.idleSince = this.midwaySince = this.restDue = now
    this.closeDue = now + limits.maxAge * (0.9 + 0.2 * Math.random())
    this.watch()
  }

  /** Called when something has begun that must be checked soon. */
  watch(): void {
    if (this.watching || this.stopped) return
    this.watching = true
    this.arm(CADENCE)
  }

  stop(): void {
    this.stopped = true
    this.timer?.cancel()
  }

  /** The socket has taken the written bytes. */
  drained(): void {
    this.blockedSince = 0
  }

  /**
   * Sends a PING, because a call ended without a sign of life from the peer. Does nothing while an answer is due, or if a server would
   * count the PING as one too many (gRFC A8).
   */
  probe(): void {
    const now = this.limits.clock.now()
    if (this.stopped || this.pingedAt > 0) return
    this.pace ??= new ProbePace()
    if (!this.pace.allows(now, this.watched.replies)) return
    this.noteActivity(now)
    this.ping(now, Math.min(PROBE_TIMEOUT, this.limits.keepaliveTimeout))
    this.watch()
  }

  private ping(now: number, patience: number): void {
    this.pingedAt = now
    this.patience = patience
    this.watched.ping()
  }

  private noteActivity(now: number): void {
    const { received, opened } = this.watched.takeActivity()
    this.watched.sender.traffic.note(now, this.watched.frames)
    if (received) {
      this.lastReceived = now
      this.pingedAt = 0
    }
    if (opened || this.watched.streams.size > 0) {
      this.idleSince = now
      this.restDue = now + REST_AFTER
    }
  }

  private arm(delay: number): void {
    this.timer?.cancel()
    if (!this.stopped) this.timer = this.limits.clock.after(Math.min(delay, MAX_DELAY), () => this.wake())
  }

  private wake(): void {
    try {
      this.look()
    } catch (error) {
      this.watched.fail(error)
    }
  }

  private look(): void {
    const now = this.limits.clock.now()
    this.noteActivity(now)
    const fault = this.lookAtPeer(now) ?? this.lookAtFrame(now) ?? this.lookAtSocket(now) ?? this.lookAtCrowd(now)
    if (fault !== undefined) {
      this.watched.fail(fault)
      return
    }
    this.lookAtStreams(now)
    this.lookAtAge(now)
    if (this.stopped) return
    this.watching = this.watched.streams.size > 0 || this.watched.midway || this.watched.blocked || this.pingedAt > 0
    if (!this.watching && now >= this.restDue) {
      this.restDue = Number.POSITIVE_INFINITY
      this.watched.rest()
    }
    const { keepaliveTime, keepaliveWithoutStreams, idleTimeout } = this.limits
    const pingDue = keepaliveWithoutStreams ? this.lastReceived + keepaliveTime : Number.POSITIVE_INFINITY
    const due = Math.min(this.restDue, this.closeDue, this.endDue, this.idleSince + idleTimeout, pingDue) - now
    if (this.watching || due < MAX_DELAY) this.arm(this.watching ? CADENCE : Math.max(due, 1))
  }

  private lookAtPeer(now: number): Http2Error | undefined {
    const { keepaliveTime, keepaliveTimeout, keepaliveWithoutStreams } = this.limits
    if (this.pingedAt > 0) {
      if (now - this.pingedAt < this.patience) return undefined
      return new Http2Error(ErrorCode.no_error, `no answer to a keepalive PING within ${this.patience} ms`)
    }
    const wanted = keepaliveWithoutStreams || this.watched.streams.size > 0
    if (wanted && now - this.lastReceived >= keepaliveTime) this.ping(now, keepaliveTimeout)
    return undefined
  }

  private lookAtFrame(now: number): Http2Error | undefined {
    const { midway, frames } = this.watched
    if (!midway || frames !== this.frames) {
      this.frames = frames
      this.midwaySince = now
    }
    if (now - this.midwaySince < this.limits.frameTimeout) return undefined
    return calm(`a frame took over ${this.limits.frameTimeout} ms to arrive`)
  }

  private lookAtSocket(now: number): Http2Error | undefined {
    if (!this.watched.blocked || this.blockedSince === 0) this.blockedSince = now
    if (now - this.blockedSince < this.limits.stallTimeout) return undefined
    return calm(`the peer took nothing for ${this.limits.stallTimeout} ms`)
  }

  private lookAtCrowd(now: number): Http2Error | undefined {
    const { crowded, moved } = this.watched.sender.unsent
    if (!crowded) {
      this.crowdedSince = 0
      return undefined
    }
    if (moved !== this.moved || this.crowdedSince === 0) {
      this.moved = moved
      this.crowdedSince = now
    }
    if (now - this.crowdedSince < this.limits.stallTimeout) return undefined
    return calm(`the peer took none of the replies that wait for it for ${this.limits.stallTimeout} ms`)
  }

  private lookAtStreams(now: number): void {
    for (const stream of this.watched.streams.values()) {
      if (!stream.endReceived && now >= stream.endDue) {
        stream.endDue = Number.POSITIVE_INFINITY
        if (stream.handler.onOverdue === undefined) failStream(stream, overdue())
        else stream.handler.onOverdue(stream)
      } else if (stream.pending !== undefined && (stream.ending || this.watched.isServer)) {
        if (stream.stalledSince === 0) stream.stalledSince = now
        else if (now - stream.stalledSince >= this.limits.stallTimeout) failStream(stream, this.untaken())
      }
    }
  }

  private untaken(): Http2Error {
    const what = this.watched.isServer ? 'reply' : 'request'
    const why = `the peer took nothing of a ${what} for ${this.limits.stallTimeout} ms (stallTimeout)`
    return new Http2Error(ErrorCode.cancel, why)
  }

  private lookAtAge(now: number): void {
    if (now >= this.endDue) {
      this.watched.fail(new Http2Error(ErrorCode.no_error, 'the connection reached its maximum age and grace'))
    } else if (now >= this.closeDue) {
      this.closeDue = Number.POSITIVE_INFINITY
      this.endDue = now + this.limits.maxAgeGrace
      void this.watched.close()
    } else if (now - this.idleSince >= this.limits.idleTimeout) {
      this.idleSince = Number.POSITIVE_INFINITY
      void this.watched.close()
    }
  }
}

function overdue(): Http2Error {
  return new Http2Error(ErrorCode.cancel, 'the body took too long to arrive')
}
