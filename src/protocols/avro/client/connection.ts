import type { Duplex } from 'node:stream'
import type { AvroReader } from '../../../codecs/avro/reader.js'
import { Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Call } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { type Limits, messageTooLarge } from '../../../core/limits.js'
import { type Delivery, RpcError } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import { connectFailed, connectionLost, unreadableReply } from '../../failures.js'
import type { Framing } from '../framing.js'
import { MessageDecoder, type MessageSink } from '../message-decoder.js'
import { endMetadata } from '../metadata.js'
import { Output } from '../output.js'
import type { MethodReads } from '../signature.js'
import type { BoundService, ServerProtocol } from './bound-service.js'
import type { ClientHandshake, HandshakeAttempt } from './handshake.js'
import { OrderedCalls, PendingCall, type PendingCalls, SerialCalls } from './pending-calls.js'
import { readReply } from './reply.js'

export interface ClientConnectionSettings {
  readonly handshake: ClientHandshake
  readonly framing: Framing
  readonly limits: Limits
  readonly address: string
}

/** A connection to one service of one server. It begins with a handshake; calls are pipelined from then on. */
export class ClientConnection implements MessageSink {
  isOpen = true
  /** Called once when it closes, with the cause where it broke. */
  onClose: ((error: RpcError | undefined) => void) | undefined
  private readonly output: Output
  private readonly decoder: MessageDecoder
  private readonly pending: PendingCalls
  private readonly service: BoundService
  private server: ServerProtocol | undefined
  private introduced: ((error?: RpcError) => void) | undefined
  private attempt: HandshakeAttempt
  private isEnding = false
  private failure: RpcError | undefined
  private readonly whenClosed: Promise<void>

  constructor(
    private readonly socket: Duplex,
    private readonly settings: ClientConnectionSettings,
  ) {
    const { framing, limits, handshake } = settings
    this.service = handshake.service
    this.attempt = { claim: handshake.claim, isRetry: false }
    this.output = new Output(socket, framing)
    this.decoder = new MessageDecoder(framing, limits.messageBytes, this)
    this.pending = framing === 'netty' ? new SerialCalls() : new OrderedCalls()
    socket.on('data', (chunk: Buffer) => {
      if (!this.decoder.push(chunk)) this.fail('it sent what is no Avro framing')
    })
    socket.on('error', error => this.fail(error.message, error))
    socket.on('end', () => {
      this.isOpen = false
      this.output.end()
    })
    this.whenClosed = new Promise(resolve =>
      socket.once('close', () => {
        this.closed()
        resolve()
      }),
    )
  }

  /** Resolves when the server has accepted our protocol. @throws RpcError `unavailable` with delivery `unsent` */
  introduce(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.introduced = error => {
        this.introduced = undefined
        if (error === undefined) resolve()
        else reject(error)
      }
      this.ping()
    })
  }

  /** An empty name asks for nothing but the handshake. */
  private ping(): void {
    this.output.message(0, out => {
      this.settings.handshake.write(out, this.attempt)
      endMetadata(out)
      out.string('')
    })
  }

  /** Sends one call. Rejects with an RpcError only, and at once when the call is cancelled. */
  send(call: ActiveCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) throw within(call, this.failure ?? this.lost('it was closed'), 'unsent')
      const { oneway } = call.method as MethodSchema
      const reads = this.readsOf(call)
      if (oneway) {
        this.output.message(this.pending.serialOf(), out => this.service.writeCall(out, call))
        resolve(undefined)
        return
      }
      const pending = new PendingCall({ call, reads, resolve, reject, batch: this.output.batch })
      const serial = this.pending.serialOf()
      this.output.message(serial, out => this.service.writeCall(out, call))
      this.pending.add(serial, pending)
      call.onCancel(reason => {
        this.pending.abandon(serial, pending)
        reject(reason)
        // Without serials replies come in the order of their calls: those behind this one would wait for what nobody wants any more.
        if (this.settings.framing === 'framed') this.leave()
        if (this.isEnding) void this.finish()
      })
    })
  }

  /** Calls in flight end, then the connection does. Resolves when it is closed. */
  finish(): Promise<void> {
    this.isEnding = true
    this.isOpen = false
    if (this.pending.isEmpty) this.output.end()
    return this.whenClosed
  }

  message(serial: number, from: AvroReader): void {
    if (this.server === undefined) {
      this.greeted(from)
      return
    }
    const pending = this.pending.take(serial)
    if (pending === undefined) return
    const { call, reads, resolve, reject } = pending
    try {
      resolve(readReply(from, call, { reads, headerBytes: this.settings.limits.headerBytes }))
    } catch (error) {
      reject(error)
      // The server refuses whatever is new: it is closing.
      if (error instanceof RpcError && error.delivery === 'refused' && error.code === Code.unavailable) this.leave()
    }
    if (this.isEnding) void this.finish()
  }

  /** No more calls; the connection ends with the last in flight. */
  private leave(): void {
    if (!this.isOpen) return
    void this.finish()
    this.onClose?.(undefined)
  }

  oversized(serial: number): void {
    if (this.server === undefined) {
      this.fail('its handshake is larger than the limit of a message')
      return
    }
    const { messageBytes } = this.settings.limits
    const pending = this.pending.take(serial)
    pending?.reject(unreadableReply(messageTooLarge(messageBytes), pending.call.method.path))
    if (this.isEnding) void this.finish()
  }

  private readsOf(call: Call): MethodReads {
    return (this.server as ServerProtocol).readsOf(call.method)
  }

  private greeted(from: AvroReader): void {
    try {
      const { handshake } = this.settings
      const server = handshake.read(from, this.attempt)
      if (server === undefined) {
        this.attempt = { claim: handshake.claim, isRetry: true }
        this.ping()
        return
      }
      this.server = server
      this.introduced?.()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.fail(error.problem)
    }
  }

  private fail(why: string, cause?: Error): void {
    this.failure ??= this.lost(why, cause)
    this.socket.destroy()
  }

  private lost(why: string, cause?: Error): RpcError {
    return connectionLost(undefined, why, { address: this.settings.address, cause })
  }

  private closed(): void {
    this.isOpen = false
    const error = this.failure ?? this.lost('the server closed it')
    this.introduced?.(connectFailed(this.settings.address, error.message, error))
    for (const { call, reject, batch } of this.pending.clear())
      reject(within(call, error, batch === this.output.batch ? 'unsent' : 'unknown'))
    this.onClose?.(this.failure)
  }
}

function within(
  { method }: Call,
  { message, code, reason = 'connection_lost', cause }: RpcError,
  delivery: Delivery,
): RpcError {
  return new RpcError(`${method.path}: ${message}`, code, { reason, delivery, cause })
}
