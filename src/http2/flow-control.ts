import { ErrorCode, Http2Error } from './error.js'
import type { ConnectionOptions } from './options.js'

/**
 * The receiving windows of one connection.
 *
 * Problem: a fixed window limits a fast, distant peer to one window per round trip, and a large one lets every peer fill the memory.
 * Choice: windows begin small, and double while the bytes received within one round trip come near the window. A PING that is sent with a
 * WINDOW_UPDATE measures the round trip.
 *
 * A stream's window follows its consumer, so a slow reader stops its own writer. The connection's window is given back on receipt, so that
 * a slow stream does not stop the others, until `maxBuffered` bytes wait for their consumers.
 */
export class ReceiveFlow {
  /** Window of a new stream. */
  streamWindow: number
  private window: number
  /** Bytes that the peer may still send. */
  available: number
  private uncredited = 0
  private buffered = 0
  private sampling = false
  private sampled = 0

  constructor(private readonly limits: ConnectionOptions) {
    this.streamWindow = limits.streamWindow
    this.window = limits.connectionWindow
    this.available = limits.connectionWindow
  }

  /** Charges a DATA frame. @throws Http2Error flow_control_error if the peer exceeds the window */
  charge(length: number): void {
    this.available -= length
    if (this.available < 0) throw new Http2Error(ErrorCode.flow_control_error, 'DATA over the connection window')
    this.buffered += length
    this.uncredited += length
    this.sampled += length
  }

  /** Bytes were consumed, dropped, or were padding. */
  release(length: number): void {
    this.buffered -= length
  }

  /** Bytes to grant the peer now; 0 for none. */
  credit(): number {
    if (this.uncredited * 2 < this.window || this.buffered > this.limits.maxBuffered) return 0
    const increment = this.uncredited
    this.available += increment
    this.uncredited = 0
    return increment
  }

  /** Whether to send a PING now and tell `sampleEnds` when it is acknowledged. */
  sampleBegins(): boolean {
    const { maxConnectionWindow, maxStreamWindow } = this.limits
    if (this.sampling || (this.window >= maxConnectionWindow && this.streamWindow >= maxStreamWindow)) return false
    this.sampling = true
    this.sampled = 0
    return true
  }

  /** A round trip is over: how much wider the windows become, of the connection and of every stream. */
  sampleEnds(): { connection: number; stream: number } {
    // A peer can acknowledge a PING that was never sent.
    if (!this.sampling) return { connection: 0, stream: 0 }
    this.sampling = false
    const { maxConnectionWindow, maxStreamWindow } = this.limits
    const connection = this.sampled * 3 >= this.window * 2 ? growth(this.window, maxConnectionWindow) : 0
    const stream = this.sampled * 3 >= this.streamWindow * 2 ? growth(this.streamWindow, maxStreamWindow) : 0
    this.window += connection
    this.available += connection
    this.streamWindow += stream
    return { connection, stream }
  }
}

function growth(window: number, limit: number): number {
  return Math.max(0, Math.min(window, limit - window))
}
