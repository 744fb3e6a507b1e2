import type { Duplex } from 'node:stream'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { Peer } from '../../../core/call.js'
import type { Expirable, Timer } from '../../../core/clock.js'
import { RpcError } from '../../../core/rpc-error.js'
import { ArrivalWatch } from '../../arrival-watch.js'
import { awaitFirstRequest, firstRequestCame } from '../../first-request.js'
import { peerOf } from '../../peer.js'
import type { ServerSettings } from '../../protocol.js'
import type { Output } from '../output.js'
import type { Splitter } from '../splitter.js'
import { ReplyOrder } from './reply-order.js'
import { RequestGate } from './request-gate.js'
import type { Host, ServedRequest } from './served-request.js'

/** Milliseconds without traffic after which a draining server closes a connection: a call may be on its way. */
const lingering = 100

export interface ConnectionParts {
  /** As in targets: `thrift`. */
  readonly protocol: string
  readonly settings: ServerSettings
  readonly output: Output
  /** Called once, when nothing is left of it. */
  readonly closed: (connection: ServerConnection) => void
}

/**
 * One connection being served, with any number of calls at once: its limits, its timers, and the order of its replies. A protocol adds how
 * bytes become requests.
 */
export abstract class ServerConnection implements Host, Expirable {
  readonly settings: ServerSettings
  readonly peer: Peer
  isDraining = false
  protected readonly replyOrder: ReplyOrder
  private splitter: Splitter | undefined
  /** Bytes that do not tell yet how messages are framed. */
  private undecided: Buffer | undefined
  private readonly gate: RequestGate
  private readonly arrivals: ArrivalWatch
  /** A message has come to its end since the last chunk. */
  private hasMessage = false
  private lastArrival: number
  private quietTimer: Timer | undefined
  private endTimer: Timer | undefined
  /** What arrives can no longer be read. */
  private isDeaf = false
  /** It ends when the calls in flight have been answered. */
  private isFinishing = false
  private isEnding = false

  constructor(
    private readonly socket: Duplex,
    { protocol, settings, output, closed }: ConnectionParts,
  ) {
    const { clock, limits } = settings
    this.settings = settings
    this.peer = peerOf(socket, protocol)
    this.gate = new RequestGate(socket, output, { unsentBytes: limits.unsentBytes, proceed: () => this.proceed() })
    this.replyOrder = new ReplyOrder(this.gate)
    this.arrivals = new ArrivalWatch(clock, limits.bodyTimeout, () => socket.destroy())
    this.lastArrival = clock.now()
    this.watch(limits.idleTimeout)
    awaitFirstRequest(socket)
    socket.on('data', (chunk: Buffer) => this.arrived(chunk))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      this.stop()
      closed(this)
    })
  }

  /**
   * Tells from the first bytes how messages are framed.
   * @returns undefined: needs more bytes
   * @throws RpcError or Fault where they are not of the protocol
   */
  protected abstract decide(head: Buffer): Splitter | undefined

  abstract readonly output: Output

  /** Nothing behind these bytes can be read: tells the peer, where the protocol has words for it. */
  protected abstract refuseBytes(error: RpcError): void

  /** Takes over bytes that were read already, and begins to read. */
  begin(head: Buffer): void {
    if (head.length > 0) this.arrived(head)
    if (!this.gate.isHolding) this.socket.resume()
  }

  /** New calls are refused; it closes when those in flight have ended and nothing more comes. */
  drain(): void {
    this.isDraining = true
    this.quietTimer?.cancel()
    this.expire()
  }

  destroy(): void {
    this.socket.destroy()
  }

  get calls(): number {
    return this.replyOrder.size
  }

  enter(request: ServedRequest): void {
    this.replyOrder.enter(request)
  }

  ready(request: ServedRequest): void {
    if (this.socket.destroyed) return
    this.replyOrder.leave(request)
    this.endWhenAnswered()
  }

  /** A message has come to its end. @returns false: it is not its turn, and what serves it must be handed to `hold` */
  protected admit(): boolean {
    if (!this.hasMessage) {
      this.hasMessage = true
      firstRequestCame(this.socket)
    }
    return this.gate.enter()
  }

  protected hold(serve: () => void): void {
    this.gate.hold(() => {
      try {
        serve()
      } catch (error) {
        this.fail(error)
      }
    })
  }

  /** Nothing more is read; it ends when the calls in flight have been answered. */
  protected finish(): void {
    this.isDeaf = true
    this.isFinishing = true
    this.endWhenAnswered()
  }

  private arrived(chunk: Buffer): void {
    if (this.isDeaf) return
    this.lastArrival = this.settings.clock.now()
    this.hasMessage = false
    this.gate.begin()
    try {
      const isPartial = this.split(chunk)
      if (this.gate.isHolding) this.arrivals.pause()
      else this.arrivals.arrived(isPartial, this.hasMessage)
    } catch (error) {
      this.isDeaf = true
      if (this.gate.isHolding) this.gate.hold(() => this.fail(error))
      else this.fail(error)
    }
  }

  /** @returns whether the bytes end within a message */
  private split(chunk: Buffer): boolean {
    let { splitter } = this
    let bytes = chunk
    if (splitter === undefined) {
      bytes = this.undecided === undefined ? chunk : Buffer.concat([this.undecided, chunk])
      splitter = this.splitter = this.decide(bytes)
      this.undecided = splitter === undefined ? bytes : undefined
      if (splitter === undefined) return true
    }
    splitter.push(bytes)
    return splitter.isPartial
  }

  /** Calls in flight are answered first. */
  private fail(error: unknown): void {
    this.arrivals.stop()
    this.gate.clear()
    const fault = asInvalidMessage(error, 'this connection')
    if (fault instanceof RpcError) this.refuseBytes(fault)
    else this.settings.report(error)
    this.finish()
  }

  /** The peer has taken what it was sent. */
  private proceed(): void {
    if (this.socket.destroyed) return
    this.replyOrder.proceed()
    this.endWhenAnswered()
    if (this.gate.release() && !this.isDeaf) this.arrivals.arrived(this.splitter?.isPartial === true, true)
  }

  private endWhenAnswered(): void {
    if (this.isFinishing && this.replyOrder.size === 0) this.end()
  }

  private watch(delay: number): void {
    this.quietTimer = this.settings.clock.schedule(delay, this)
  }

  /** It may have been quiet for long enough. Called by the clock. */
  expire(): void {
    const { clock, limits } = this.settings
    const allowed = this.isDraining ? lingering : limits.idleTimeout
    const quiet = clock.now() - this.lastArrival
    if (quiet < allowed) this.watch(allowed - quiet)
    else if (this.replyOrder.size > 0 || this.gate.isHolding) this.watch(allowed)
    else this.endUnlessHeard()
  }

  /** In a busy process a timer may come before bytes that arrived earlier: one turn of the loop reads them. */
  private endUnlessHeard(): void {
    const heard = this.lastArrival
    setImmediate(() => {
      if (this.lastArrival === heard) this.end()
      else if (!this.socket.destroyed) this.expire()
    })
  }

  /** Closing with unread bytes would reset the connection, and the reset would overtake the last reply. So the peer may close first. */
  private end(): void {
    if (this.isEnding) return
    this.isEnding = true
    this.output.end(() => {
      this.endTimer = this.settings.clock.schedule(lingering, { expire: () => this.socket.destroy() })
    })
  }

  private stop(): void {
    this.quietTimer?.cancel()
    this.arrivals.stop()
    this.endTimer?.cancel()
    for (const request of this.replyOrder.all()) request.disconnect()
  }
}
