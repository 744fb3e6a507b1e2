import type { Socket } from 'node:net'
import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import { type Limits, messageTooLarge } from '../../../core/limits.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { connectFailed, unreadableReply } from '../../failures.js'
import { ClientConnection } from '../../pipelined/client/connection.js'
import { PendingCalls } from '../../pipelined/client/pending-calls.js'
import { countedBody } from '../../pipelined/counted-body.js'
import type { Body } from '../../pipelined/output.js'
import type { Framing } from '../framing.js'
import { MessageDecoder, type MessageSink } from '../message-decoder.js'
import { AvroOutput } from '../output.js'
import { type ClientHandshake, type HandshakeAttempt, writePing } from './handshake.js'
import { readReply } from './reply.js'
import type { ServerMethod, ServerProtocol } from './server-protocol.js'

export interface AvroConnectionSettings {
  readonly handshake: ClientHandshake
  readonly framing: Framing
  readonly limits: Limits
  readonly address: string
}

/** avsc uses the upper half of a serial itself, and drops a message that has another value there. */
const lastSerial = 0xffff

/** A connection to one service of one server. It begins with a handshake; then calls are pipelined. */
export class AvroConnection extends ClientConnection<ServerMethod> implements MessageSink {
  protected readonly splitter: MessageDecoder
  protected readonly output: AvroOutput
  private readonly isFramed: boolean
  private server: ServerProtocol | undefined = undefined
  private introduced: ((error?: RpcError) => void) | undefined = undefined
  private attempt: HandshakeAttempt

  constructor(
    socket: Socket,
    private readonly settings: AvroConnectionSettings,
  ) {
    const { framing, limits, handshake, address } = settings
    const isFramed = framing === 'framed'
    const last = isFramed ? Number.MAX_SAFE_INTEGER : lastSerial
    const pending = new PendingCalls<ServerMethod>({ last, keepsCanceled: true })
    super(socket, { address, pending, isOrdered: isFramed })
    this.output = new AvroOutput(socket, framing)
    this.isFramed = isFramed
    this.attempt = { claim: handshake.claim, isRetry: false }
    this.splitter = new MessageDecoder(framing, limits.messageBytes, this)
  }

  /** Resolves when the server has accepted the client's protocol. @throws RpcError `unavailable` with delivery `unsent` */
  introduce(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.introduced = error => {
        this.introduced = undefined
        if (error === undefined) resolve()
        else reject(error)
      }
      this.greet()
    })
  }

  private greet(): void {
    this.output.write(0, greeting, this)
  }

  /** Writes a handshake and a ping, since a handshake is always part of a call. */
  writeGreeting(out: AvroWriter): void {
    this.settings.handshake.write(out, this.attempt)
    writePing(out)
  }

  protected methodOf(call: ActiveCall): ServerMethod {
    return (this.server as ServerProtocol).method(call.method)
  }

  protected send(call: ActiveCall, { request }: ServerMethod, serial: number): void {
    this.output.write(serial, countedBody(request, call), call)
  }

  message(serial: number, from: AvroReader): void {
    if (this.server === undefined) {
      this.greeted(from)
      return
    }
    const pending = this.isFramed ? this.pending.takeNext() : this.pending.take(serial)
    if (pending === undefined) return
    let reply: unknown
    try {
      const { headerBytes } = this.settings.limits
      const start = from.position
      reply = readReply(from, pending.call, { reads: pending.method.reads, headerBytes })
      pending.call.observed?.message('received', from.position - start)
    } catch (error) {
      this.fail(pending, error as RpcError)
      return
    }
    this.succeed(pending, reply)
  }

  oversized(serial: number): void {
    const error = messageTooLarge(this.settings.limits.messageBytes)
    if (this.server === undefined) throw error
    const pending = this.isFramed ? this.pending.takeNext() : this.pending.take(serial)
    if (pending !== undefined) this.fail(pending, unreadableReply(error, pending.call.method.path))
  }

  protected override lose(why: string, cause?: unknown): void {
    super.lose(why, cause)
    this.introduced?.(connectFailed(this.address, why, cause))
  }

  private greeted(from: AvroReader): void {
    const { handshake } = this.settings
    try {
      this.server = handshake.read(from, this.attempt)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.lose(error.problem, error)
      return
    }
    if (this.server === undefined) {
      this.attempt = { claim: handshake.claim, isRetry: true }
      this.greet()
      return
    }
    this.introduced?.()
    this.settled()
  }
}

const greeting: Body<AvroWriter, AvroConnection> = {
  write: (out, connection) => connection.writeGreeting(out),
}
