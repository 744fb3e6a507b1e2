import type { Duplex } from 'node:stream'
import { Backlog, type BacklogHost } from './backlog.js'
import type { Timer } from './clock.js'
import { Connection } from './connection.js'
import { DRAIN } from './control-receiver.js'
import { ErrorCode, Http2Error, protocol } from './error.js'
import { MAX_31_BITS } from './frames.js'
import { type HeaderBlock, prepareHeaders } from './header-block.js'
import type { HeaderList } from './header-list.js'
import { type ConnectionOptions, SERVER_DEFAULTS, withDefaults } from './options.js'
import { MAX_CONCURRENT_STREAMS } from './settings.js'
import { Http2Stream, IGNORE } from './stream.js'

/** Milliseconds that a draining server waits for the answer to its PING. */
const DRAIN_WAIT = 1000
/** Milliseconds after its last stream in which a client that resets too much can close the connection itself. */
const FAREWELL = 1000
/** Milliseconds, once or twice, in which the rest of an answered request is dropped before its stream is reset. */
const REST_WAIT = 250
const MAX_DELAY = 0x7fffffff

export interface ServerHandler {
  /**
   * A request has come: set `stream.handler` here, and answer now or later. `ended`: it has no body.
   * What this throws ends the connection with INTERNAL_ERROR.
   */
  onRequest(stream: Http2Stream, headers: HeaderList, ended: boolean): void
  /**
   * A request has come whose headers are over `maxHeaderList`; `headers` holds those that came first and fit.
   * @returns whether it was answered; otherwise the answer is 431
   */
  onOversized?(stream: Http2Stream, headers: HeaderList): boolean
  /** The connection is over; `error` is undefined after a graceful end. All streams have been told. */
  onClose?(error: Http2Error | undefined): void
}

/**
 * The server's side of an HTTP/2 connection.
 *
 *     const ok = prepareHeaders([[':status', '200'], ['content-type', 'text/plain']])
 *     const done = prepareHeaders([['grpc-status', '0']])
 *     net.createServer(socket => {
 *       socket.setNoDelay(true)
 *       new ServerConnection(socket, {
 *         onRequest(stream, headers, ended) {
 *           stream.handler = { onData: ..., onTrailers: ..., onReset: ..., onDrain: ..., onHeaders() {} }
 *           if (ended) stream.reply(ok, Buffer.from(`you asked for ${headers.path}`), done)
 *         },
 *       })
 *     })
 */
export class ServerConnection extends Connection implements BacklogHost {
  private lastId = 0
  /** The range of ids that the client last skipped. These streams are closed and were never open. */
  private skippedFrom = 0
  private skippedTo = 0
  /** Requests above it are dropped, as a GOAWAY has announced. */
  private acceptedUpTo = MAX_31_BITS
  private drainTimer: Timer | undefined
  private settled = false
  /** Streams that are over and still held. */
  private heldOver = 0
  private readonly backlog = new Backlog(this)
  /** Streams whose reply is complete, and whose request is not: oldest first. */
  private readonly unread: number[] = []
  private unreadTimer: Timer | undefined
  /** Set once the client has reset too many streams: why the connection ends. */
  private spent: Http2Error | undefined
  private spentTimer: Timer | undefined

  /** @throws RangeError for a window that HTTP/2 does not allow */
  constructor(
    socket: Duplex,
    private readonly handler: ServerHandler,
    options?: Partial<ConnectionOptions>,
  ) {
    super(socket, withDefaults(options, SERVER_DEFAULTS), true)
    this.sender.unsent.listener = this.backlog
    this.begin([[MAX_CONCURRENT_STREAMS, this.limits.maxConcurrentStreams]])
  }

  override settingsAcknowledged(): void {
    this.settled = true
  }

  admit(): boolean {
    return false
  }

  /**
   * After a complete reply the rest of the request is not needed (RFC 9113, section 8.1), and dropped. The client is told so a little later:
   * one that is in the middle of sending may take a reset for a failure and lose the reply, as curl before 8.1 does. Until then it can send
   * no more than what is left of its window.
   */
  streamEnded(stream: Http2Stream): void {
    this.writer.disregard(stream.id)
    this.sender.close(stream)
    this.unread.push(stream.id)
    this.unreadTimer ??= this.limits.clock.after(REST_WAIT, () => this.endUnread(0))
  }

  /** @param told the streams that have been answered for `REST_WAIT` at least */
  private endUnread(told: number): void {
    if (this.over) return
    for (const id of this.unread.splice(0, told)) this.writer.reset(id, ErrorCode.no_error)
    const { length } = this.unread
    this.unreadTimer = length === 0 ? undefined : this.limits.clock.after(REST_WAIT, () => this.endUnread(length))
  }

  isIdle(streamId: number): boolean {
    return streamId > this.lastId || streamId % 2 === 0
  }

  headersArrive(streamId: number, headers: HeaderList, ended: boolean): void {
    if (streamId % 2 === 0) throw protocol('a request on an even stream id')
    if (streamId <= this.lastId) {
      if (this.writer.disregards(streamId)) return
      if (streamId > this.skippedFrom && streamId < this.skippedTo) throw protocol('a request on an id it had skipped')
      throw new Http2Error(ErrorCode.stream_closed, 'the peer sent HEADERS on a closed stream')
    }
    if (streamId > this.lastId + 2) {
      this.skippedFrom = this.lastId
      this.skippedTo = streamId
    }
    this.lastId = streamId
    if (streamId > this.acceptedUpTo) {
      this.writer.disregard(streamId)
      if (this.spent !== undefined) this.guards.reset()
      return
    }
    if (this.streams.size + this.heldOver >= this.limits.maxConcurrentStreams) {
      this.writer.reset(streamId, ErrorCode.refused_stream)
      // A client may exceed the limit in good faith before it knows it.
      if (this.settled) this.guards.reset()
      return
    }
    const fault = headers.tooLarge ? '' : headers.requestFault()
    if (fault) {
      this.receiver.refuse(streamId, ErrorCode.protocol_error, fault)
      return
    }
    const windows = { send: this.sender.streamWindow, receive: this.flow.streamWindow }
    const stream = new Http2Stream(this.sender, IGNORE, windows)
    stream.id = streamId
    this.track(stream)
    if (headers.tooLarge) {
      if (this.handler.onOversized?.(stream, headers) === true) return
      tooLarge ??= prepareHeaders([[':status', '431']])
      stream.sendOnly(tooLarge)
    } else if (this.receiver.begin(stream, headers, ended)) {
      if (this.backlog.admits()) this.handler.onRequest(stream, headers, ended)
      else this.backlog.add(stream, headers, ended)
    } else {
      this.receiver.refuse(streamId, ErrorCode.protocol_error, 'a body was declared and the request has none')
    }
  }

  beginRequest(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    this.handler.onRequest(stream, headers, ended)
  }

  override streamClosed(stream: Http2Stream): void {
    if (stream.held) this.heldOver++
    if (stream.endSent && stream.endReceived) this.guards.resets.completed++
    this.backlog.streamClosed(stream)
    super.streamClosed(stream)
  }

  streamReleased(stream: Http2Stream): void {
    this.heldOver--
    if (stream.wasReset) this.guards.resets.giveBack()
  }

  /**
   * Asks the client to leave, and lets the calls in flight finish. The code is NO_ERROR, with the reason as text, because widespread
   * clients (Node's, and so grpc-js) give up their calls in flight at any other code. A client that is still there at the end gets
   * ENHANCE_YOUR_CALM.
   */
  resetsSpent(error: Http2Error): void {
    if (this.spent !== undefined || this.over) return
    this.spent = error
    this.drainTimer?.cancel()
    this.draining = true
    this.acceptedUpTo = Math.min(this.acceptedUpTo, this.lastId)
    this.writer.goaway(this.acceptedUpTo, ErrorCode.no_error, error.message)
    this.failWithin(this.limits.maxAgeGrace, error)
    if (this.streams.size === 0) this.emptied()
  }

  protected override emptied(): void {
    if (this.spent === undefined) super.emptied()
    else this.failWithin(FAREWELL, this.spent)
  }

  private failWithin(ms: number, error: Http2Error): void {
    this.spentTimer?.cancel()
    this.spentTimer = this.limits.clock.after(Math.min(ms, MAX_DELAY), () => this.fail(error))
  }

  goawayArrives(_lastStreamId: number, error: Http2Error): void {
    // A client's GOAWAY is about pushed streams, which do not exist here. It also announces that the client will close.
    if (error.code !== ErrorCode.no_error) this.terminate(error, undefined)
    else this.finishDrain()
  }

  /** Sends a first GOAWAY, which refuses nothing: requests that are on their way are still served (RFC 9113, section 6.8). */
  protected drain(): void {
    if (this.draining || this.drainTimer !== undefined) return
    this.writer.goaway(MAX_31_BITS, ErrorCode.no_error)
    this.writer.ping(DRAIN)
    this.drainTimer = this.limits.clock.after(DRAIN_WAIT, () => this.finishDrain())
  }

  protected drainAcknowledged(): void {
    if (this.drainTimer !== undefined) this.finishDrain()
  }

  protected lastStreamId(): number {
    return Math.min(this.lastId, this.acceptedUpTo)
  }

  protected ended(error: Http2Error | undefined): void {
    this.drainTimer?.cancel()
    this.spentTimer?.cancel()
    this.handler.onClose?.(error)
  }

  private finishDrain(): void {
    this.drainTimer?.cancel()
    if (this.draining || this.over) return
    this.draining = true
    this.acceptedUpTo = this.lastId
    this.writer.goaway(this.lastId, ErrorCode.no_error)
    if (this.streams.size === 0) this.emptied()
  }
}

let tooLarge: HeaderBlock | undefined
