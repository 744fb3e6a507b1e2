import type { Duplex } from 'node:stream'
import type { AvroReader } from '../../../codecs/avro/reader.js'
import { Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Peer } from '../../../core/call.js'
import type { Expirable, Timer } from '../../../core/clock.js'
import { IdTable } from '../../../core/id-table.js'
import { messageTooLarge } from '../../../core/limits.js'
import { clientDisconnected } from '../../failures.js'
import { awaitFirstRequest, firstRequestCame } from '../../first-request.js'
import { peerOf } from '../../peer.js'
import type { ServerSettings } from '../../protocol.js'
import { RequestGate } from '../../request-gate.js'
import { detectFraming, type Framing } from '../framing.js'
import { writeHandshakeResponse } from '../handshake.js'
import { MessageDecoder, type MessageSink } from '../message-decoder.js'
import { Output } from '../output.js'
import type { CallServer, Write } from './call-server.js'
import type { HandshakeAnswer, ServerHandshakes } from './handshakes.js'
import { introduce } from './introduction.js'
import { writePlainError } from './reply.js'
import { OrderedReplies, type Replies, SerialReplies } from './reply-order.js'
import type { ClientProtocol } from './served-service.js'

export interface ServerConnectionContext {
  readonly settings: ServerSettings
  readonly handshakes: ServerHandshakes
  readonly calls: CallServer
  readonly closed: (connection: ServerConnection) => void
}

/** Milliseconds without a call after which a connection of a server that drains is closed. */
const lingering = 100

/** What is there once the framing is known. */
interface Wire {
  readonly decoder: MessageDecoder
  readonly output: Output
  readonly replies: Replies
  readonly gate: RequestGate
}

/** A connection of the server: its first bytes tell the framing, its first message is a handshake, and then there are only calls. */
export class ServerConnection implements MessageSink, Expirable {
  /** Bytes that do not tell the framing yet. */
  private head: Buffer = Buffer.alloc(0)
  private wire: Wire | undefined
  /** Present once a handshake has succeeded. */
  private client: ClientProtocol | undefined
  private readonly running = new IdTable<ActiveCall>()
  private served = 0
  private readonly peer: Peer
  private isEnding = false
  private isDraining = false
  private timer: Timer
  /** Nothing was received since the timer was set. */
  private isQuiet = true
  private quietSince: number | undefined
  /** When a message began of which the end is still to come. */
  private partialSince: number | undefined

  constructor(
    private readonly socket: Duplex,
    private readonly context: ServerConnectionContext,
  ) {
    this.peer = peerOf(socket, 'avro')
    this.timer = this.schedule(context.settings.limits.handshakeTimeout)
    awaitFirstRequest(socket)
    socket.on('data', (chunk: Buffer) => this.received(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => this.finish())
    socket.on('close', () => this.close())
  }

  /** @param head bytes that were read before the connection was handed over */
  begin(head: Uint8Array): void {
    if (head.length > 0) this.received(Buffer.from(head.buffer, head.byteOffset, head.length))
    if (this.wire?.gate.isHolding !== true) this.socket.resume()
  }

  /** New calls are refused, so that the client leaves; the connection ends when it is quiet, since a call may be on its way. */
  drain(): void {
    this.isDraining = true
    this.isQuiet = true
    this.timer.cancel()
    this.timer = this.schedule(lingering)
  }

  /** Calls in flight end, then the connection does. */
  finish(): void {
    this.isEnding = true
    if (this.isBusy) return
    if (this.wire === undefined) this.socket.destroy()
    else this.wire.output.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  private received(chunk: Buffer): void {
    this.isQuiet = false
    let bytes = chunk
    if (this.wire === undefined) {
      this.head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk])
      const framing = detectFraming(this.head, this.context.settings.limits.messageBytes)
      if (framing === false) this.socket.destroy()
      if (framing === undefined || framing === false) return
      this.wire = this.speak(framing)
      bytes = this.head
      this.head = Buffer.alloc(0)
    }
    this.read(this.wire, bytes)
  }

  private read({ decoder, gate }: Wire, bytes: Buffer): void {
    gate.begin()
    if (!decoder.push(bytes)) this.socket.destroy()
    if (!decoder.isWithin || gate.isHolding) this.partialSince = undefined
    else this.partialSince ??= this.context.settings.clock.now()
  }

  private speak(framing: Framing): Wire {
    const { socket } = this
    const { messageBytes, unsentBytes } = this.context.settings.limits
    const decoder = new MessageDecoder(framing, messageBytes, this)
    const output = new Output(socket, framing)
    const gate = new RequestGate(socket, output, { unsentBytes, proceed: () => this.proceed() })
    const replies = framing === 'netty' ? new SerialReplies(output, gate) : new OrderedReplies(output, gate)
    return { decoder, output, replies, gate }
  }

  /** The peer has taken what it was sent. */
  private proceed(): void {
    if (this.wire === undefined || this.socket.destroyed) return
    const { decoder, gate, replies } = this.wire
    replies.proceed()
    if (gate.release() && decoder.isWithin) this.partialSince = this.context.settings.clock.now()
    if (this.isEnding) this.finish()
  }

  /** Something is still to be answered. */
  private get isBusy(): boolean {
    const { wire } = this
    return this.running.size > 0 || (wire !== undefined && (wire.replies.isWaiting || wire.gate.isHolding))
  }

  message(serial: number, from: AvroReader): void {
    if (this.socket.destroyed || this.wire === undefined) return
    this.partialSince = undefined
    firstRequestCame(this.socket)
    const { gate, replies } = this.wire
    if (gate.enter()) this.serve(serial, from, replies)
    else gate.hold(() => this.serve(serial, from, replies))
  }

  private serve(serial: number, from: AvroReader, replies: Replies): void {
    if (this.client !== undefined) {
      this.call(from, this.client, { replies, place: replies.place(serial) })
      return
    }
    const answer = this.introduced(from)
    if (answer === undefined) {
      this.socket.destroy()
      return
    }
    const handshake: Write = out => writeHandshakeResponse(out, answer.response)
    const slot = { replies, place: replies.place(serial), handshake }
    this.client = answer.client
    if (answer.client !== undefined) this.call(from, answer.client, slot)
    else replies.send(slot.place, handshake)
    if (answer.isHopeless) this.finish()
  }

  oversized(serial: number): void {
    if (this.wire === undefined || this.wire.gate.enter()) this.refuse(serial)
    else this.wire.gate.hold(() => this.refuse(serial))
  }

  private refuse(serial: number): void {
    if (this.client === undefined || this.wire === undefined) {
      this.socket.destroy()
      return
    }
    const { limits } = this.context.settings
    const error = messageTooLarge(limits.messageBytes)
    const { replies } = this.wire
    replies.send(replies.place(serial), out => writePlainError(out, error, limits))
  }

  private introduced(from: AvroReader): HandshakeAnswer | undefined {
    const { handshakes, settings } = this.context
    try {
      return introduce(from, { handshakes, headerBytes: settings.limits.headerBytes })
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }

  private call(from: AvroReader, client: ClientProtocol, { replies, place, handshake }: Slot): void {
    const request = { from, client, peer: this.peer, inFlight: this.running.size }
    const id = this.served++
    const call = this.context.calls.serve(request, (write, isOneWay) => {
      this.running.delete(id)
      if (handshake !== undefined) {
        replies.send(place, out => {
          handshake(out)
          write(out)
        })
      } else replies.send(place, isOneWay ? undefined : write)
      if (this.isEnding) this.finish()
    })
    if (call !== undefined) this.running.add(id, call)
  }

  /** Ends what is too slow: a handshake, a message that does not come to its end, a connection that nobody uses. */
  expire(): void {
    const { limits, clock } = this.context.settings
    const now = clock.now()
    const period = Math.min(limits.bodyTimeout, limits.idleTimeout)
    this.quietSince = this.isQuiet && !this.isBusy ? (this.quietSince ?? now - period) : undefined
    const isSlow = this.partialSince !== undefined && now - this.partialSince >= limits.bodyTimeout
    if (this.isDraining) this.finishUnlessHeard()
    else if (this.client === undefined || isSlow) this.socket.destroy()
    else if (this.quietSince !== undefined && now - this.quietSince >= limits.idleTimeout) this.finish()
    else {
      this.isQuiet = true
      this.timer = this.schedule(period)
    }
  }

  /** In a process that was busy a timer comes before the bytes that came before it: one turn of the loop reads them. */
  private finishUnlessHeard(): void {
    setImmediate(() => {
      if (this.isQuiet) this.finish()
      else if (!this.socket.destroyed) this.drain()
    })
  }

  private schedule(delay: number): Timer {
    return this.context.settings.clock.schedule(delay, this)
  }

  private close(): void {
    this.timer.cancel()
    for (const call of this.running.values()) call.cancel(clientDisconnected(call.method.path))
    this.context.closed(this)
  }
}

/** Where the reply to one request goes. */
interface Slot {
  readonly replies: Replies
  readonly place: number
  /** What stands in front of it: the first reply has the handshake's, and is sent whether the call is one-way or not. */
  readonly handshake?: Write
}
