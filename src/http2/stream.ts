import { ErrorCode, Http2Error } from './error.js'
import type { HeaderBlock } from './header-block.js'
import type { HeaderList } from './header-list.js'
import type { Pending } from './pending.js'

/**
 * The consumer of a stream: one object a call, no closures. All calls are synchronous, from within the socket's data
 * event or a timer; whatever a method throws ends the connection with INTERNAL_ERROR.
 */
export interface StreamHandler {
  /** Response headers arrived (client only; informational ones are skipped). `ended`: nothing follows. */
  onHeaders(stream: Http2Stream, headers: HeaderList, ended: boolean): void
  /**
   * Data arrived. `chunk` is a view of what the socket read: keep it, copy it or drop it, and call `stream.consume` with
   * its length once its memory is free again. Who gathers a body that may be larger than the stream's window consumes
   * while gathering, or the rest never comes. `ended`: nothing follows; then `chunk` may be empty.
   */
  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void
  /** Trailers arrived; nothing follows. */
  onTrailers(stream: Http2Stream, headers: HeaderList): void
  /** The stream failed, and not by our own `reset`. Nothing follows. */
  onReset(stream: Http2Stream, error: Http2Error): void
  /** After a `write` that returned false: there is room again. */
  onDrain(stream: Http2Stream): void
  /** The peer's end has not come by `endDue`. Told once; a handler without it has its stream reset with CANCEL. */
  onOverdue?(stream: Http2Stream): void
}

/** The sending half of a connection, as its streams see it. */
export interface StreamPort {
  sendHeaders(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void
  /** Headers that are all there is. */
  sendOnly(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void
  /** `end`: nothing comes behind. */
  sendData(stream: Http2Stream, data: Uint8Array, end: boolean): void
  /** Sends pending data as far as possible, and the end after it. */
  sendEnd(stream: Http2Stream, trailers: HeaderBlock | undefined, extra: readonly string[] | undefined): void
  claim(length: number): Buffer
  claimed(): number
  commit(stream: Http2Stream, length: number, end: boolean): void
  sendReset(stream: Http2Stream, code: ErrorCode): void
  consumed(stream: Http2Stream, length: number): void
  /** The handler of a stream that is over has settled. */
  released(stream: Http2Stream): void
  room(stream: Http2Stream): Promise<void>
  readonly unsent: { readonly crowded: boolean }
  readonly highWater: number
  /** The most bytes of a header list that the peer takes (RFC 9113, section 6.5.2); Infinity if it named no limit. */
  readonly maxHeaderList: number
}

/**
 * One stream: on a server one request and its reply, on a client one `open`. Its writes go into the connection's output
 * and leave with it at the end of the turn. Writing to a stream that was reset does nothing.
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
  /** We will send nothing more: END_STREAM is sent, or pending. */
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
   * When the peer must have sent its end, on the connection's clock; Infinity: whenever it likes. Within a second after it the
   * handler is told (`onOverdue`), or else the stream reset with CANCEL.
   */
  endDue = Number.POSITIVE_INFINITY
  /** Since when pending data has made no progress, as far as a watchdog has seen; 0: it has. */
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

  /** Bytes written that wait for the peer or the socket. */
  get pendingBytes(): number {
    return this.pending === undefined ? 0 : this.pending.bytes
  }

  /**
   * Sends request or response headers, once. On a client whose connection is full the request waits for its turn, and
   * what is written meanwhile waits with it.
   * @param extra fields of this call alone: name, value, name, value
   * @throws TypeError for a name or value in `extra` that HTTP/2 does not allow
   * @throws Error where headers were sent before
   */
  sendHeaders(headers: HeaderBlock, extra?: readonly string[]): void {
    if (this.closed) return
    if (this.headersSent) throw new Error('headers are sent once a stream; put later fields into the trailers')
    this.port.sendHeaders(this, headers, extra)
  }

  /**
   * Sends data behind the headers. The bytes may be kept by reference: leave them as they are from now on.
   * @returns false if the caller should wait for `onDrain`; the data is taken in any case
   */
  write(data: Uint8Array): boolean {
    if (this.closed) return false
    this.mayWrite()
    this.port.sendData(this, data, false)
    return this.takesMore()
  }

  /** `write` and `end` in one frame. */
  writeLast(data: Uint8Array): void {
    if (this.closed) return
    this.mayWrite()
    this.port.sendData(this, data, true)
  }

  /**
   * To encode straight into the output: makes room for `length` bytes and returns the buffer; they begin at
   * `claimedAt`. Nothing else may be done with the connection until `commit`.
   */
  claim(length: number): Buffer {
    return this.port.claim(length)
  }

  get claimedAt(): number {
    return this.port.claimed()
  }

  /** Sends the first `length` of the bytes that were claimed, as `write` does. */
  commit(length: number): boolean {
    if (this.closed) return false
    this.mayWrite()
    this.port.commit(this, length, false)
    return this.takesMore()
  }

  /** `commit` and `end` in one frame. */
  commitLast(length: number): void {
    if (this.closed) return
    this.mayWrite()
    this.port.commit(this, length, true)
  }

  /** Ends our side after the pending data, with trailers if given. A second call does nothing. */
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
   * Server only: work for this stream has begun. Until `release` the stream counts among the peer's concurrent streams, even when it is
   * over: who cancels calls may have no more of them at work than who waits for them.
   */
  hold(): void {
    if (!this.closed) this.held = true
  }

  /** The work has ended, whatever has become of the stream. Without `hold`, or a second time, it does nothing. */
  release(): void {
    if (!this.held) return
    this.held = false
    if (this.closed) this.port.released(this)
  }

  /** So many bytes of replies wait on this connection that a further one should wait for `room` before it is encoded. */
  get crowded(): boolean {
    return this.port.unsent.crowded
  }

  /** Resolves when a reply may be written, or the stream has ended. */
  room(): Promise<void> {
    return this.closed ? Promise.resolve() : this.port.room(this)
  }

  /** Gives the peer leave to send `length` more bytes in place of as many that were received. */
  consume(length: number): void {
    this.port.consumed(this, length)
  }

  private mayWrite(): void {
    if (!this.headersSent) throw new Error('headers must be sent before data')
    if (this.ending) throw new Error('the stream has been ended; nothing can be written behind its end')
  }

  private takesMore(): boolean {
    if (this.pending === undefined || this.pending.bytes < this.port.highWater) return true
    this.awaitsDrain = true
    return false
  }
}

/** The handler of a server's stream until the server sets its own: it drops everything. */
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
