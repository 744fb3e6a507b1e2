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

/** Milliseconds without traffic after which a draining server ends a connection. Until then a call may be on its way. */
const drainQuiet = 100

/** Milliseconds that the peer has to close an ended connection. */
const closeTimeout = 100

export interface ConnectionParts {
  /** The name in targets: `thrift`. */
  readonly protocol: string
  readonly settings: ServerSettings
  readonly output: Output
  /** The socket beneath, if the connection is not read from it directly. Default: there is none. */
  readonly carrier?: Duplex
  /** Called once, after everything about the connection has ended. */
  readonly closed: (connection: ServerConnection) => void
}

/** Serves one connection with many calls at once: limits, timers, reply order. A protocol adds how bytes become requests. */
export abstract class ServerConnection implements Host, Expirable {
  readonly settings: ServerSettings
  readonly peer: Peer
  isDraining = false
  protected readonly replyOrder: ReplyOrder
  private readonly carrier: Duplex
  private readonly closed: ConnectionParts['closed']
  private splitter: Splitter | undefined
  /** The first bytes, until they show how messages are framed. */
  private undecided: Buffer | undefined
  private readonly gate: RequestGate
  private readonly arrivals: ArrivalWatch
  /** Whether the current chunk completed a message. */
  private hasMessage = false
  private lastArrival: number
  /** Handlers that run, also those of calls that were answered when their time was over. */
  private handlers = 0
  private quietTimer: Timer | undefined
  private endTimer: Timer | undefined
  /** Whether further bytes are ignored. */
  private isDeaf = false
  /** Whether the connection ends once the calls in flight are answered. */
  private isFinishing = false
  private isEnding = false
  /** Whether the socket has closed. */
  private isStopped = false

  constructor(
    private readonly socket: Duplex,
    { protocol, settings, output, carrier = socket, closed }: ConnectionParts,
  ) {
    const { clock, limits } = settings
    this.settings = settings
    this.carrier = carrier
    this.peer = peerOf(carrier, protocol)
    this.gate = new RequestGate(socket, output, { unsentBytes: limits.unsentBytes, proceed: () => this.proceed() })
    this.replyOrder = new ReplyOrder(this.gate)
    this.arrivals = new ArrivalWatch(clock, limits.bodyTimeout, () => socket.destroy())
    this.lastArrival = clock.now()
    this.watch(limits.idleTimeout)
    awaitFirstRequest(carrier)
    socket.on('data', (chunk: Buffer) => this.arrived(chunk))
    socket.on('error', () => socket.destroy())
    this.closed = closed
    socket.once('close', () => {
      this.stop()
      this.tellWhenDone()
    })
  }

  /**
   * Detects the framing of messages from the first bytes.
   * @returns undefined if it needs more bytes
   * @throws RpcError or Fault if they are not of the protocol
   */
  protected abstract decide(head: Buffer): Splitter | undefined

  abstract readonly output: Output

  /** Reports bytes that cannot be read to the peer, if the protocol can express that. */
  protected abstract refuseBytes(error: RpcError): void

  /** Begins to serve. @param head bytes that were already read from the socket */
  begin(head: Buffer): void {
    this.arrived(head)
    if (!this.gate.isHolding) this.socket.resume()
  }

  /** Refuses new calls. Closes after the calls in flight have ended and the peer is quiet. */
  drain(): void {
    this.isDraining = true
    this.quietTimer?.cancel()
    this.expire()
  }

  destroy(): void {
    this.socket.destroy()
    for (const request of this.replyOrder.all()) request.disconnect()
  }

  get calls(): number {
    return Math.max(this.replyOrder.size, this.handlers)
  }

  handlerBegan(): void {
    this.handlers++
  }

  handlerSettled(): void {
    this.handlers--
  }

  enter(request: ServedRequest): void {
    this.replyOrder.enter(request)
  }

  ready(request: ServedRequest): void {
    if (this.isStopped) {
      if (!request.isOneway) return
      this.replyOrder.leave(request)
      this.tellWhenDone()
    } else if (!this.socket.destroyed || request.isOneway) {
      this.replyOrder.leave(request)
      this.endWhenAnswered()
    }
  }

  /** Called for each complete message. @returns false if it must wait: pass the function that serves it to `hold` */
  protected admit(): boolean {
    if (!this.hasMessage) {
      this.hasMessage = true
      firstRequestCame(this.carrier)
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

  /** Stops reading. Ends after the calls in flight are answered. */
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

  /** Answers the calls in flight, then ends. */
  private fail(error: unknown): void {
    this.arrivals.stop()
    this.gate.clear()
    const fault = asInvalidMessage(error, 'this connection')
    if (fault instanceof RpcError) this.refuseBytes(fault)
    else this.settings.report(error)
    this.finish()
  }

  /** Continues after the peer has taken replies. */
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

  /** Ends the connection if it has been quiet for long enough. Called by the clock. */
  expire(): void {
    const { clock, limits } = this.settings
    const allowed = this.isDraining ? drainQuiet : limits.idleTimeout
    const quiet = clock.now() - this.lastArrival
    if (quiet < allowed) this.watch(allowed - quiet)
    else if (this.replyOrder.size > 0 || this.gate.isHolding) this.watch(allowed)
    else this.endUnlessHeard()
  }

  /** In a busy process a timer can fire before bytes that arrived earlier are read. One turn of the event loop reads them. */
  private endUnlessHeard(): void {
    const heard = this.lastArrival
    setImmediate(() => {
      if (this.lastArrival === heard) this.end()
      else if (!this.socket.destroyed) this.expire()
    })
  }

  /** Lets the peer close first: closing with unread bytes would reset the connection, and the reset would overtake the last reply. */
  private end(): void {
    if (this.isEnding) return
    this.isEnding = true
    this.output.end(() => {
      this.endTimer = this.settings.clock.schedule(closeTimeout, { expire: () => this.socket.destroy() })
    })
  }

  private stop(): void {
    this.quietTimer?.cancel()
    this.arrivals.stop()
    this.endTimer?.cancel()
    this.isStopped = true
    for (const request of this.replyOrder.all()) if (!request.isOneway) request.disconnect()
  }

  /** A one-way call outlives the connection: its client has what it waited for, and may have gone. */
  private tellWhenDone(): void {
    if (this.replyOrder.oneway === 0) this.closed(this)
  }
}
