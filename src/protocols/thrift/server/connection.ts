import type { Duplex } from 'node:stream'
import { Kind, type ThriftFormat } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { Peer } from '../../../core/call.js'
import type { Timer } from '../../../core/clock.js'
import type { HeaderValue } from '../../../core/headers.js'
import { messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { ArrivalWatch } from '../../arrival-watch.js'
import { unreadableRequest } from '../../failures.js'
import { awaitFirstRequest, firstRequestCame } from '../../first-request.js'
import { peerOf } from '../../peer.js'
import type { ServerSettings } from '../../protocol.js'
import { RequestGate } from '../../request-gate.js'
import { transportOf } from '../detect.js'
import { type Dialect, formatOf } from '../dialect.js'
import { FrameSplitter, type MessageSink, type Splitter } from '../framed.js'
import { bareName } from '../names.js'
import { Output } from '../output.js'
import { formatIn, type HeaderFrame, readHeaderFrame, sequenceOf } from '../theader.js'
import { UnframedSplitter } from '../unframed.js'
import { type Host, type Serving, serveMessage } from './dispatch.js'
import { notThrift, unknownFormat } from './refusals.js'
import { ReplyOrder } from './reply-order.js'
import { Exchange } from './served-request.js'

/** Milliseconds that a connection of a server that drains is quiet before it is closed: a call may be on its way. */
const lingering = 100
const noHeaders: HeaderValue[] = []

/** One connection being served: requests in, each answered in the dialect it came in. */
export class ServerConnection implements Host, MessageSink {
  readonly output: Output
  readonly settings: ServerSettings
  readonly peer: Peer
  private splitter: Splitter | undefined
  private undecided: Buffer | undefined
  private dialect: Dialect | undefined
  private readonly replyOrder: ReplyOrder
  private readonly gate: RequestGate
  private readonly arrivals: ArrivalWatch
  /** A message has come to its end since the last chunk. */
  private hasMessage = false
  private lastArrival: number
  private quietTimer: Timer | undefined
  private endTimer: Timer | undefined
  isDraining = false
  /** What arrives can no longer be read. */
  private isDeaf = false
  /** It ends when the calls in flight have been answered. */
  private isBroken = false
  private isEnding = false

  /** @param closed called once, when nothing is left of it */
  constructor(
    private readonly socket: Duplex,
    readonly serving: Serving,
    closed: (connection: ServerConnection) => void,
  ) {
    const { settings } = serving
    this.settings = settings
    this.output = new Output(socket)
    this.peer = peerOf(socket, 'thrift')
    const { clock, limits } = settings
    this.gate = new RequestGate(socket, this.output, { unsentBytes: limits.unsentBytes, proceed: () => this.proceed() })
    this.replyOrder = new ReplyOrder(this.gate)
    this.arrivals = new ArrivalWatch(clock, limits.bodyTimeout, () => socket.destroy())
    this.lastArrival = clock.now()
    this.watch(limits.idleTimeout)
    awaitFirstRequest(socket)
    socket.on('data', (chunk: Buffer) => this.arrived(chunk))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      this.closed()
      closed(this)
    })
  }

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

  private arrived(chunk: Buffer): void {
    if (this.isDeaf) return
    this.lastArrival = this.settings.clock.now()
    this.hasMessage = false
    this.gate.begin()
    try {
      const splitter = this.splitter ?? this.decide(chunk)
      splitter?.push(this.undecided ?? chunk, this)
      if (splitter !== undefined) this.undecided = undefined
      if (this.gate.isHolding) this.arrivals.pause()
      else this.arrivals.arrived(splitter?.isPartial ?? true, this.hasMessage)
    } catch (error) {
      this.isDeaf = true
      if (this.gate.isHolding) this.gate.hold(() => this.fail(error))
      else this.fail(error)
    }
  }

  private decide(chunk: Buffer): Splitter | undefined {
    const head = this.undecided === undefined ? chunk : Buffer.concat([this.undecided, chunk])
    this.undecided = head
    const transport = transportOf(head)
    if (transport === 'none') throw notThrift()
    if (transport === undefined) return undefined
    const { limits } = this.settings
    if (transport === 'framed') this.splitter = new FrameSplitter(limits.messageBytes + limits.headerBytes)
    else {
      this.splitter = new UnframedSplitter(limits.messageBytes)
      // Such clients are simple: they send a call and read the next reply as its own.
      this.replyOrder.inOrder()
    }
    return this.splitter
  }

  /** What has arrived is not Thrift, so nothing behind it can be read. Calls in flight are answered first. */
  private fail(error: unknown): void {
    this.isDeaf = true
    this.arrivals.stop()
    this.gate.clear()
    const fault = asInvalidMessage(error, 'this connection')
    if (!(fault instanceof RpcError)) this.settings.report(error)
    if (this.dialect !== undefined && fault instanceof RpcError) {
      const head = { dialect: this.dialect, name: '', sequence: 0, isOneway: false, headers: noHeaders }
      this.enter(new Exchange(head, this)).refuse(fault)
    }
    this.isBroken = true
    if (this.replyOrder.size === 0) this.end()
  }

  message(bytes: Buffer, start: number, end: number): void {
    if (!this.hasMessage) {
      this.hasMessage = true
      firstRequestCame(this.socket)
    }
    if (this.gate.enter()) this.serve(bytes, start, end)
    else this.hold(() => this.serve(bytes, start, end))
  }

  private hold(serve: () => void): void {
    this.gate.hold(() => {
      try {
        serve()
      } catch (error) {
        this.fail(error)
      }
    })
  }

  private serve(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === 0x0f) this.headerMessage(bytes.subarray(start, end))
    else {
      const format = formatOf(bytes[start])
      if (format === undefined) throw unknownFormat()
      const transport = this.splitter instanceof UnframedSplitter ? 'unframed' : 'framed'
      serveMessage(
        format.reader(bytes, start, end, this.settings.limits.values),
        { dialect: this.dialectOf(format, transport, false), headers: noHeaders },
        this,
      )
    }
  }

  private headerMessage(frame: Buffer): void {
    const read = this.readFrame(frame)
    if (read === undefined) return
    const { format, zlib, headers, payload } = read
    const dialect = this.dialectOf(format, 'header', zlib)
    serveMessage(format.reader(payload, 0, payload.length, this.settings.limits.values), { dialect, headers }, this)
  }

  /** @returns undefined for one over a limit, or of an unknown transform: it has been refused, and the end of the frame is known */
  private readFrame(frame: Buffer): HeaderFrame | undefined {
    try {
      return readHeaderFrame(frame, this.settings.limits)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.refuseFrame(frame, error)
      return undefined
    }
  }

  /** What THeader's own fields say of a frame is enough to answer it. */
  private refuseFrame(frame: Buffer, error: RpcError): void {
    const dialect = this.dialectOf(formatIn(frame), 'header', false)
    const request = { dialect, name: '', sequence: sequenceOf(frame), isOneway: false, headers: noHeaders }
    this.enter(new Exchange(request, this)).refuse(error)
  }

  private dialectOf(format: ThriftFormat, transport: Dialect['transport'], zlib: boolean): Dialect {
    const { dialect } = this
    if (dialect?.format === format && dialect.transport === transport && dialect.zlib === zlib) return dialect
    this.dialect = { format, transport, zlib }
    return this.dialect
  }

  tooLarge(head: Buffer): void {
    firstRequestCame(this.socket)
    if (this.gate.enter()) this.refuseLarge(head)
    else this.hold(() => this.refuseLarge(head))
  }

  private refuseLarge(head: Buffer): void {
    const error = messageTooLarge(this.settings.limits.messageBytes)
    if (head[0] === 0x0f) {
      this.refuseFrame(head, error)
      return
    }
    const format = formatOf(head[0])
    if (format === undefined) throw error
    const reader = format.headReader(head)
    reader.beginMessage()
    const { name, sequence, kind } = reader
    const dialect = this.dialectOf(format, 'framed', false)
    const request = { dialect, name: bareName(name), sequence, isOneway: kind === Kind.oneway, headers: noHeaders }
    const path = this.serving.methods.get(name)?.schema.path ?? name
    this.enter(new Exchange(request, this)).refuse(unreadableRequest(error, path))
  }

  get calls(): number {
    return this.replyOrder.size
  }

  enter(exchange: Exchange): Exchange {
    this.replyOrder.enter(exchange)
    return exchange
  }

  ready(exchange: Exchange): void {
    if (this.socket.destroyed) return
    this.replyOrder.leave(exchange)
    if (this.isBroken && this.replyOrder.size === 0) this.end()
  }

  /** The peer has taken what it was sent. */
  private proceed(): void {
    if (this.socket.destroyed) return
    this.replyOrder.proceed()
    if (this.isBroken && this.replyOrder.size === 0) this.end()
    if (this.gate.release() && !this.isDeaf) this.arrivals.arrived(this.splitter?.isPartial === true, true)
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

  /** In a process that was busy a timer comes before the bytes that came before it: one turn of the loop reads them. */
  private endUnlessHeard(): void {
    const heard = this.lastArrival
    setImmediate(() => {
      if (this.lastArrival === heard) this.end()
      else if (!this.socket.destroyed) this.expire()
    })
  }

  /**
   * Closing with unread bytes would reset the connection, and the reset overtake the last reply; so the peer may close first, once it has
   * taken all of it.
   */
  private end(): void {
    if (this.isEnding) return
    this.isEnding = true
    this.output.end(() => {
      this.endTimer = this.settings.clock.schedule(lingering, { expire: () => this.socket.destroy() })
    })
  }

  private closed(): void {
    this.quietTimer?.cancel()
    this.arrivals.stop()
    this.endTimer?.cancel()
    for (const exchange of this.replyOrder.all()) exchange.disconnect()
  }
}
