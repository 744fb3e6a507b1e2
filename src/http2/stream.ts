import { ErrorCode, Http2Error } from './error.js'
import type { HeaderBlock } from './header-block.js'
import type { HeaderList } from './header-list.js'
import type { Release } from './output.js'
import type { Pending } from './pending.js'
import type { Traffic } from './traffic.js'

/**
 * The consumer of a stream: one object per call, without closures. All methods are called synchronously, from the socket's data event or a
 * timer. An exception ends the connection with INTERNAL_ERROR.
 */
export interface StreamHandler {
  /** Response headers arrived (client only; informational ones are skipped). `ended`: nothing follows. */
  onHeaders(stream: Http2Stream, headers: HeaderList, ended: boolean): void
  /**
   * Data arrived. `chunk` is a view of what the socket read: keep it, copy it or drop it, and call `stream.consume` with its length once
   * its memory is free again. A handler that gathers a body larger than the stream's window must consume while it gathers, or the rest
   * never arrives. `ended`: nothing follows; then `chunk` may be empty.
   */
  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void
  /** Trailers arrived; nothing follows. */
  onTrailers(stream: Http2Stream, headers: HeaderList): void
  /** The stream failed, other than by `reset` of this side. Nothing follows. */
  onReset(stream: Http2Stream, error: Http2Error): void
  /** After a `write` that returned false: there is room again. */
  onDrain(stream: Http2Stream): void
  /** The peer has not ended its side by `endDue`. Called once. Without this method the stream is reset with CANCEL. */
  onOverdue?(stream: Http2Stream): void
}

/** The sending half of a connection, as its streams see it. */
export interface StreamPort {
  sendHeaders(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void
  /** Sends headers that end the stream. */
  sendOnly(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void
  /** @param end whether nothing follows */
  sendData(stream: Http2Stream, data: Uint8Array, end: boolean, release?: Release): void
  /** Sends pending data as far as possible, and the end after it. */
  sendEnd(stream: Http2Stream, trailers: HeaderBlock | undefined, extra: readonly string[] | undefined): void
  sendReset(stream: Http2Stream, code: ErrorCode): void
  consumed(stream: Http2Stream, length: number): void
  /** The handler of a stream that is over has settled. */
  released(stream: Http2Stream): void
  room(stream: Http2Stream): Promise<void>
  readonly unsent: { readonly crowded: boolean }
  readonly traffic: Traffic
  readonly highWater: number
  /** The most bytes of a header list that the peer takes (RFC 9113, section 6.5.2); Infinity if it named no limit. */
  readonly maxHeaderList: number
}

/**
 * One request and its reply. Its writes go into the connection's output, and leave with it at the end of the turn. Writing to a stream that
 * was reset does nothing.
 */
export class Http2Stream {
  /** 0 on a client until the request is sent. */
  id = 0
  handler: StreamHandler
  /** Bytes that the peer accepts; negative after it shrank its windows. */
  sendWindow: number
  /** Bytes that the peer may still send. */
  receiveWindow: number
  /** Received and not consumed. */
  unconsumed = 0
  /** Consumed and not given back to the peer. */
  uncredited = 0
  pending: Pending | undefined = undefined
  headersSent = false
  /** Response headers, or a request's, have arrived. */
  headersReceived = false
  /** Whether this side sends nothing more: END_STREAM was sent, or is pending. */
  ending = false
  endSent = false
  endReceived = false
  /** Over: nothing more is sent, received or reported. */
  closed = false
  awaitsDrain = false
  /** Between `hold` and `release`. */
  held = false
  /** The peer has reset it while it was held. */
  wasReset = false
  /** Informational responses that have arrived. */
  informational = 0
  /** A request with HEAD, whose response has a length and no body. */
  bodiless = false
  /** Bytes of the declared content-length that have not arrived; -1 if none was declared. */
  expected = -1
  /**
   * When the peer must have ended its side, on the connection's clock; Infinity: never. Within a second after that, `onOverdue` is called,
   * or the stream is reset with CANCEL.
   */
  endDue = Number.POSITIVE_INFINITY
  /** Since when the watchdog has seen no progress of pending data; 0 if it has seen some. */
  stalledSince = 0
  /** The output's turn in which a client's request was written. */
  turn = 0

  constructor(
    private readonly port: StreamPort,
    handler: StreamHandler,
    windows: { send: number; receive: number },
  ) {
    this.handler = handler
    this.sendWindow = windows.send
    this.receiveWindow = windows.receive
  }

  /** The most bytes of a header list that the peer takes; Infinity if it named no limit. */
  get maxHeaderList(): number {
    return this.port.maxHeaderList
  }

  /** What its connection has carried: who sends or receives a message on the stream counts it there. */
  get traffic(): Traffic {
    return this.port.traffic
  }

  /** Bytes written that wait for the peer or the socket. */
  get pendingBytes(): number {
    return this.pending === undefined ? 0 : this.pending.bytes
  }

  /**
   * Sends request or response headers, once. If a client's connection is full, the request waits for its turn, together with what is
   * written after it.
   * @param extra fields of this call alone: name, value, name, value
   * @throws TypeError for a name or value in `extra` that HTTP/2 does not allow
   * @throws Error if headers were sent before
   */
  sendHeaders(headers: HeaderBlock, extra?: readonly string[]): void {
    if (this.closed) return
    if (this.headersSent) throw new Error('headers are sent once a stream; put later fields into the trailers')
    this.port.sendHeaders(this, headers, extra)
  }

  /**
   * Sends data after the headers. The bytes may be kept by reference, so do not change them.
   * @param release called when the bytes may be changed again. Where that is unknown, it is not called, as for a stream that is reset
   * @returns false if the caller should wait for `onDrain`; the data is sent in any case
   */
  write(data: Uint8Array, release?: Release): boolean {
    if (this.closed) return false
    this.mayWrite()
    this.port.sendData(this, data, false, release)
    if (this.pending === undefined || this.pending.bytes < this.port.highWater) return true
    this.awaitsDrain = true
    return false
  }

  /** `write` and `end` in one frame. */
  writeLast(data: Uint8Array, release?: Release): void {
    if (this.closed) return
    this.mayWrite()
    this.port.sendData(this, data, true, release)
  }

  /** Ends this side after the pending data, with trailers if there are any. A second call does nothing. */
  end(trailers?: HeaderBlock, extra?: readonly string[]): void {
    if (this.closed || this.ending) return
    if (!this.headersSent) throw new Error('a stream cannot end before its headers; sendOnly does both')
    this.port.sendEnd(this, trailers, extra)
  }

  /**
   * Headers that end the stream: a request without a body, or a response without body and trailers, such as gRPC's
   * Trailers-Only.
   * @throws as `sendHeaders`
   */
  sendOnly(headers: HeaderBlock, extra?: readonly string[]): void {
    if (this.closed) return
    if (this.headersSent) throw new Error('headers are sent once a stream; put later fields into the trailers')
    this.port.sendOnly(this, headers, extra)
  }

  /** Headers, data, trailers and end in one: a small reply is one run of bytes in the output. */
  reply(headers: HeaderBlock, data: Uint8Array, trailers: HeaderBlock): void {
    this.sendHeaders(headers)
    this.write(data)
    this.end(trailers)
  }

  /** Ends the stream at once in both directions. Its handler is not called again. */
  reset(code: ErrorCode = ErrorCode.cancel): void {
    if (!this.closed) this.port.sendReset(this, code)
  }

  /**
   * Server only: work for this stream has begun. Until `release` the stream counts among the peer's concurrent streams, even after it is
   * over: a peer that cancels calls may not cause more work at once than a peer that waits for them.
   */
  hold(): void {
    if (!this.closed) this.held = true
  }

  /** The work has ended, in any state of the stream. Does nothing without `hold`, or a second time. */
  release(): void {
    if (!this.held) return
    this.held = false
    if (this.closed) this.port.released(this)
  }

  /** Whether the next reply should wait for `room` before it is encoded, because too many bytes wait on this connection. */
  get crowded(): boolean {
    return this.port.unsent.crowded
  }

  /** Resolves when a reply may be written, or the stream has ended. */
  room(): Promise<void> {
    return this.closed ? Promise.resolve() : this.port.room(this)
  }

  /** Lets the peer send as many bytes as were consumed. */
  consume(length: number): void {
    this.port.consumed(this, length)
  }

  private mayWrite(): void {
    if (!this.headersSent) throw new Error('headers must be sent before data')
    if (this.ending) throw new Error('the stream has been ended; nothing can be written behind its end')
  }
}

/** The handler of a server's stream until the server sets another one. It drops everything. */
export const IGNORE: StreamHandler = {
  onHeaders() {},
  onData: (stream, chunk) => stream.consume(chunk.length),
  onTrailers() {},
  onReset() {},
  onDrain() {},
}

/** Ends a stream with `error`, for its handler, and by RST_STREAM for its peer. */
export function failStream(stream: Http2Stream, error: Http2Error): void {
  if (stream.closed) return
  stream.reset(error.code)
  stream.handler.onReset(stream, error)
}

/** @throws Http2Error flow_control_error if the sum is not a valid window */
export function widened(window: number, by: number): number {
  const sum = window + by
  if (sum > 0x7fffffff) throw new Http2Error(ErrorCode.flow_control_error, 'a window grew over 2^31 - 1')
  return sum
}
