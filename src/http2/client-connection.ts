import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Connection } from './connection.js'
import { ErrorCode, Http2Error, protocol } from './error.js'
import type { Frame } from './frame-reader.js'
import { MAX_31_BITS, PREFACE } from './frames.js'
import type { HeaderList } from './header-list.js'
import { CLIENT_DEFAULTS, type ConnectionOptions, withDefaults } from './options.js'
import { ENABLE_PUSH } from './settings.js'
import { Http2Stream, type StreamHandler } from './stream.js'

/** Streams that a client opens before it knows the server's limit (RFC 9113 recommends no lower one). */
const UNTOLD_LIMIT = 100

/** Events of a client's connection. All are optional. */
export interface ClientHandler {
  /** The server's settings have arrived or changed, such as `maxConcurrentStreams`. */
  onSettings?(): void
  /** The server accepts no new requests. The handlers of streams above `lastStreamId` know that they were refused. */
  onGoaway?(lastStreamId: number, error: Http2Error): void
  /** A connection that was full has room again. */
  onRoom?(): void
  /** The connection has ended, after all its streams; `error` is undefined after a graceful end. */
  onClose?(error: Http2Error | undefined): void
}

/** The client's side of an HTTP/2 connection. It can send requests before the server has sent its settings. */
export class ClientConnection extends Connection {
  private nextId = 1
  /** Whether a GOAWAY is being reported. The end is reported after it. */
  private goingAway = false
  /** Whether this side has begun to end it. */
  closing = false
  private waiting: Http2Stream[] = []

  /** @throws RangeError for a window that HTTP/2 does not allow */
  constructor(
    socket: Duplex,
    private readonly handler: ClientHandler = {},
    options?: Partial<ConnectionOptions>,
  ) {
    super(socket, withDefaults(options, CLIENT_DEFAULTS), false)
    const { connecting, secureConnecting } = socket as Duplex & { connecting?: boolean; secureConnecting?: boolean }
    if (connecting || secureConnecting) {
      this.connected = false
      const event = secureConnecting === undefined ? 'connect' : 'secureConnect'
      socket.once(event, () => {
        this.connected = true
      })
    }
    this.output.add(Buffer.from(PREFACE, 'latin1'))
    this.begin([[ENABLE_PUSH, 0]])
  }

  /** Whether it can make requests: no GOAWAY was sent or received, and it is open. */
  get usable(): boolean {
    return !this.draining && this.nextId <= MAX_31_BITS
  }

  /**
   * Called when a request is given up, by its deadline or its caller, before its stream is reset.
   *
   * If nothing has arrived since the request began, the peer may be dead: its host lost power, or a relay was cut off. Then a PING asks,
   * and without an answer within 10 s the connection ends. See `ProbePace`.
   * @param frames as `frames` was when the request began
   */
  gaveUp(frames: number): void {
    if (frames === this.frames && !this.over && this.connected) this.watchdog.probe()
  }

  /** Whether the next request would wait for another one to end. */
  get full(): boolean {
    return this.waiting.length > 0 || this.streams.size >= this.limit
  }

  /** Requests that wait because the connection is full. */
  get queued(): number {
    return this.waiting.length
  }

  private get limit(): number {
    return this.peer.received ? this.peer.maxConcurrentStreams : UNTOLD_LIMIT
  }

  /**
   * Creates a stream for one request, which begins with `sendHeaders`. If the connection is not `usable` then, the stream's handler learns
   * in a microtask that the request was not sent.
   */
  open(handler: StreamHandler): Http2Stream {
    const { sender, flow } = this
    return new Http2Stream(sender, handler, { send: sender.streamWindow, receive: flow.streamWindow })
  }

  admit(stream: Http2Stream): boolean {
    if (!this.usable) {
      this.sender.close(stream)
      const error = new Http2Error(ErrorCode.refused_stream, 'the connection takes no more requests', 'unsent')
      queueMicrotask(() => stream.handler.onReset(stream, error))
      return false
    }
    if (this.full) {
      this.waiting.push(stream)
      return false
    }
    this.assign(stream)
    return true
  }

  streamEnded(): void {}

  /** Only servers hold streams and count resets. */
  streamReleased(): void {}

  resetsSpent(): void {}

  override streamClosed(stream: Http2Stream): void {
    if (stream.id === 0) {
      const place = this.waiting.indexOf(stream)
      if (place >= 0) this.waiting.splice(place, 1)
      return
    }
    const wasFull = this.full
    super.streamClosed(stream)
    if (this.streams.size === 0 && !this.draining) this.letGo()
    if (!wasFull || this.draining) return
    this.admitWaiting()
    if (!this.full) this.handler.onRoom?.()
  }

  override settingsArrive(frame: Frame): void {
    const wasFull = this.full
    super.settingsArrive(frame)
    if (this.streams.size === 0 && !this.draining) this.letGo()
    this.admitWaiting()
    this.handler.onSettings?.()
    if (wasFull && !this.full) this.handler.onRoom?.()
  }

  isIdle(streamId: number): boolean {
    return streamId >= this.nextId || streamId % 2 === 0
  }

  headersArrive(streamId: number, headers: HeaderList): void {
    if (this.isIdle(streamId)) throw protocol('a response on a stream that was never opened')
    if (headers.isInformational) this.guards.informational()
    if (!this.writer.disregards(streamId)) {
      this.receiver.refuse(streamId, ErrorCode.stream_closed, 'HEADERS on a closed stream')
    }
  }

  goawayArrives(lastStreamId: number, error: Http2Error): void {
    this.draining = true
    const refused = new Http2Error(error.code, error.message, 'refused')
    this.goingAway = true
    for (const stream of this.streams.values()) if (stream.id > lastStreamId) this.abandon(stream, refused)
    this.refuseWaiting(error)
    this.handler.onGoaway?.(lastStreamId, error)
    this.goingAway = false
    if (this.streams.size === 0) this.terminate(error.code === ErrorCode.no_error ? undefined : error, undefined)
  }

  protected drain(): void {
    if (this.draining) return
    this.hold()
    this.draining = this.closing = true
    this.writer.goaway(0, ErrorCode.no_error)
    this.refuseWaiting(new Http2Error(ErrorCode.cancel, 'the connection is being closed on this side'))
    if (this.streams.size === 0) this.emptied()
  }

  protected override emptied(): void {
    if (!this.goingAway) super.emptied()
  }

  protected drainAcknowledged(): void {}

  protected lastStreamId(): number {
    return 0
  }

  protected ended(error: Http2Error | undefined): void {
    this.refuseWaiting(error ?? new Http2Error(ErrorCode.cancel, 'the connection ended'))
    this.handler.onClose?.(error)
  }

  /** A connection without a request does not keep the process alive. One that is being closed does, because `close` is awaited. */
  private hold(): void {
    ;(this.socket as Partial<Socket>).ref?.()
  }

  private letGo(): void {
    ;(this.socket as Partial<Socket>).unref?.()
  }

  private assign(stream: Http2Stream): void {
    if (this.streams.size === 0) this.hold()
    stream.id = this.nextId
    stream.turn = this.output.turn
    // Settings may have come since it was opened.
    stream.sendWindow = this.sender.streamWindow
    stream.receiveWindow = this.flow.streamWindow
    this.nextId += 2
    this.track(stream)
  }

  private admitWaiting(): void {
    while (this.waiting.length > 0 && this.streams.size < this.limit && this.usable) {
      const stream = this.waiting.shift() as Http2Stream
      this.assign(stream)
      this.sender.begin(stream)
    }
  }

  private refuseWaiting(error: Http2Error): void {
    const { waiting } = this
    this.waiting = []
    for (const stream of waiting) this.abandon(stream, error)
  }
}
