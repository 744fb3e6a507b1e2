import type { Duplex } from 'node:stream'
import { IdTable } from '../core/id-table.js'
import type { Timer } from './clock.js'
import { DRAIN, KEEPALIVE, SAMPLE } from './control-receiver.js'
import { Credit } from './credit.js'
import { destroyedHere, ErrorCode, Http2Error, handlerThrew } from './error.js'
import { ReceiveFlow } from './flow-control.js'
import { type Frame, FrameReader } from './frame-reader.js'
import { FrameWriter } from './frame-writer.js'
import { Guards, type GuardsHost } from './guards.js'
import type { HeaderList } from './header-list.js'
import { HpackEncoder } from './hpack-encoder.js'
import type { ConnectionOptions } from './options.js'
import { Output } from './output.js'
import { Receiver, type ReceiverHost } from './receiver.js'
import { Sender, type SenderHost } from './sender.js'
import * as settings from './settings.js'
import { listenTo, type SocketOwner } from './socket-events.js'
import type { Http2Stream } from './stream.js'
import { Watchdog, type Watched } from './watchdog.js'

/** Milliseconds that the peer has to read the last bytes. */
const LINGER = 1000
/** Not a turn of any output. */
const NEVER = -1
/** A server reads nothing while more bytes than this wait in its socket. */
const READ_STOP = 1_048_576

/**
 * What `ServerConnection` and `ClientConnection` share.
 *
 * Problem: an HTTP/2 stack that makes objects, events and writes for every frame spends its time on those. Choice: frames are parsed where
 * they lie in the socket's chunk; a repeated header block is one table look-up; the parser calls handlers directly, and all that they write
 * in one turn of the event loop leaves in one write.
 *
 * A connection owns its `Duplex`: it ends it, and nothing else may read from it. Time comes from `options.clock`. Timers keep no process
 * alive.
 */
export abstract class Connection implements ReceiverHost, SenderHost, GuardsHost, Watched, SocketOwner {
  /** Open streams by id. */
  readonly streams = new IdTable<Http2Stream>(1)
  /** The peer's settings. */
  readonly peer = new settings.PeerSettings()
  readonly sender: Sender
  readonly writer: FrameWriter
  readonly flow: ReceiveFlow
  readonly credit: Credit
  readonly guards: Guards
  protected readonly output: Output
  /** No stream begins any more: a GOAWAY was sent or received. */
  protected draining = false
  protected over = false
  protected opened = false
  protected readonly receiver: Receiver
  private readonly encoder = new HpackEncoder()
  private readonly reader: FrameReader
  protected readonly watchdog: Watchdog
  private closers: (() => void)[] | undefined = undefined
  /** Whether bytes may have reached the peer. */
  protected connected = true
  private received = false
  private lingering: Timer | undefined

  constructor(
    readonly socket: Duplex,
    readonly limits: ConnectionOptions,
    readonly isServer: boolean,
  ) {
    this.output = new Output(socket)
    this.writer = new FrameWriter(this.output, this.encoder)
    this.sender = new Sender(this.writer, this, limits)
    this.flow = new ReceiveFlow(limits)
    this.credit = new Credit(this.flow, this.writer, this.streams)
    this.guards = new Guards(limits, this)
    this.receiver = new Receiver(this)
    this.reader = new FrameReader(this.receiver, isServer)
    this.watchdog = new Watchdog(limits, this)
    listenTo(socket, this)
    if (socket.destroyed) queueMicrotask(() => this.lose('the connection was closed before it was used'))
  }

  /** Whether nothing is sent or received any more. */
  get closed(): boolean {
    return this.over
  }

  /**
   * Ends gracefully: no new stream begins, and the connection closes when the open streams have ended. Resolves when the socket has closed.
   * It waits as long as the streams last; `destroy` ends them.
   */
  close(): Promise<void> {
    if (!this.over) this.drain()
    if (this.socket.closed) return Promise.resolve()
    const closers = this.closers ?? []
    this.closers = closers
    return new Promise(resolve => closers.push(resolve))
  }

  /** Ends at once; open streams fail with `error`. */
  destroy(error = new Http2Error(ErrorCode.cancel, destroyedHere)): void {
    this.terminate(error, undefined)
    this.socket.destroy()
  }

  // Called by timers, frames and streams. Not for users.

  get frames(): number {
    return this.receiver.frames
  }

  get replies(): number {
    return this.receiver.replies
  }

  get midway(): boolean {
    return this.reader.midway || this.receiver.midway
  }

  get blocked(): boolean {
    return this.output.blocked
  }

  takeActivity(): { received: boolean; opened: boolean } {
    const { received, opened } = this
    this.received = this.opened = false
    return { received, opened }
  }

  rest(): void {
    this.streams.rest()
    this.sender.rest()
    this.receiver.rest()
    this.reader.rest()
  }

  ping(): void {
    this.sender.traffic.keepalives++
    this.writer.ping(KEEPALIVE)
  }

  /** Ends with an error. The peer receives its code and message, and of an internal error only the code. */
  fail(error: unknown): void {
    if (error instanceof Http2Error) this.terminate(error, error.message)
    else this.terminate(handlerThrew(error), '')
  }

  settingsArrive(frame: Frame): void {
    const { peer, sender } = this
    peer.apply(frame.bytes, frame, !this.isServer)
    this.encoder.resize(peer.headerTableSize)
    this.writer.maxFrame = peer.maxFrameSize
    sender.maxHeaderList = peer.maxHeaderListSize
    const change = peer.initialWindowSize - sender.streamWindow
    sender.streamWindow = peer.initialWindowSize
    if (change === 0) return
    for (const stream of this.streams.values()) sender.widen(stream, change)
  }

  settingsAcknowledged(): void {}

  pingAcknowledged(kind: number): void {
    if (kind === DRAIN) this.drainAcknowledged()
    else if (kind === SAMPLE) this.credit.roundTrip()
  }

  streamClosed(stream: Http2Stream): void {
    this.streams.delete(stream.id)
    if (stream.unconsumed > 0) this.streamConsumed(stream, stream.unconsumed)
    if (this.draining && this.streams.size === 0) this.emptied()
  }

  streamConsumed(stream: Http2Stream, length: number): void {
    if (!this.over) this.credit.consumed(stream, length)
  }

  abstract streamReleased(stream: Http2Stream): void
  abstract resetsSpent(error: Http2Error): void
  abstract admit(stream: Http2Stream): boolean
  abstract streamEnded(stream: Http2Stream): void
  abstract isIdle(streamId: number): boolean
  abstract headersArrive(streamId: number, headers: HeaderList, ended: boolean): void
  abstract goawayArrives(lastStreamId: number, error: Http2Error): void
  /** The first step of a graceful end. */
  protected abstract drain(): void
  protected abstract drainAcknowledged(): void
  /** The last id that a GOAWAY from this side names. */
  protected abstract lastStreamId(): number
  /** The connection is over; `error` says why, undefined after a graceful end. */
  protected abstract ended(error: Http2Error | undefined): void

  /** The first bytes of either side: settings, and the connection window if it differs from the initial one. */
  protected begin(own: readonly (readonly [id: number, value: number])[]): void {
    const { streamWindow, connectionWindow, maxHeaderList } = this.limits
    const all = [...own, [settings.INITIAL_WINDOW_SIZE, streamWindow], [settings.MAX_HEADER_LIST_SIZE, maxHeaderList]]
    this.writer.settings(settings.payload(all as [number, number][]))
    if (connectionWindow > 65_535) this.writer.windowUpdate(0, connectionWindow - 65_535)
  }

  /** A stream is open from now on. */
  protected track(stream: Http2Stream): void {
    this.streams.add(stream.id, stream)
    this.sender.traffic.started++
    this.opened = true
    this.watchdog.watch()
  }

  /** All streams of a draining connection have ended. */
  protected emptied(): void {
    this.terminate(undefined, undefined)
  }

  /** Notifies every open stream and the owner, then ends the socket. @param detail the text of a last GOAWAY; undefined: sends none */
  protected terminate(error: Http2Error | undefined, detail: string | undefined): void {
    if (this.over) return
    this.over = this.draining = true
    this.reader.stopped = true
    this.watchdog.stop()
    // Drops requests that were not sent, because their callers know them as unsent.
    const turn = this.isServer || error === undefined ? NEVER : this.output.discard()
    if (detail !== undefined && error !== undefined) this.writer.goaway(this.lastStreamId(), error.code, detail)
    this.output.flush()
    this.output.close()
    const reason = error ?? new Http2Error(ErrorCode.no_error, 'the connection ended')
    for (const stream of this.streams.values()) this.abandon(stream, reason, turn)
    this.guarded(() => this.ended(error))
    this.endSocket(error === undefined ? this.limits.stallTimeout : LINGER)
  }

  /** Ends a stream with a connection that is over. */
  protected abandon(stream: Http2Stream, error: Http2Error, turn = NEVER): void {
    const unsent = stream.id === 0 || stream.turn === turn || !this.connected
    const reach = unsent ? 'unsent' : error.reach
    const reason = reach === error.reach ? error : new Http2Error(error.code, error.message, reach)
    this.sender.close(stream)
    this.guarded(() => stream.handler.onReset(stream, reason))
  }

  /** Gives the peer `patience` milliseconds to take the written bytes, and then a moment to close its side. */
  private endSocket(patience: number): void {
    const { socket, limits } = this
    if (socket.destroyed) return
    const wait = (ms: number) => {
      this.lingering?.cancel()
      if (!socket.destroyed) this.lingering = limits.clock.after(ms, () => socket.destroy())
    }
    wait(patience)
    socket.resume()
    socket.end(() => wait(LINGER))
  }

  socketClosed(): void {
    this.lose('the connection was closed')
    this.lingering?.cancel()
    for (const resolve of this.closers ?? []) resolve()
  }

  receive(chunk: Buffer): void {
    if (this.over) return
    this.received = true
    if (!this.output.blocked) this.guards.flushed()
    try {
      this.reader.receive(chunk)
    } catch (error) {
      this.fail(error)
    }
    if (this.midway) this.watchdog.watch()
    // A server reads no further requests of a client that takes no replies. A client always reads, or both sides could wait.
    if (this.isServer && this.output.blocked && this.socket.writableLength > READ_STOP) this.socket.pause()
  }

  drained(): void {
    this.output.blocked = false
    this.guards.flushed()
    this.watchdog.drained()
    this.socket.resume()
    if (this.over) return
    try {
      this.sender.pump()
    } catch (error) {
      this.fail(error)
    }
  }

  lose(why: string, cause?: Error, isGraceful = false): void {
    if (this.over) return
    const options = cause && { cause }
    this.terminate(isGraceful ? undefined : new Http2Error(ErrorCode.cancel, why, 'unknown', options), undefined)
  }

  /** Calls a handler. An exception is reported as uncaught, and the other handlers still run. */
  private guarded(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
