import type { Socket } from 'node:net'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall, EngineHandler } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import { connectionLost, unreadableReply } from '../../failures.js'
import type { Link } from '../../protocol.js'
import type { Output } from '../output.js'
import type { Splitter } from '../splitter.js'
import { type Forgetting, PendingCall, type PendingCalls } from './pending-calls.js'
import { Silence } from './silence.js'

export interface ConnectionParts<Method> {
  readonly address: string
  readonly pending: PendingCalls<Method>
  /** Replies come in the order of their calls. */
  readonly isOrdered: boolean
}

/**
 * A client's connection with any number of calls at once.
 *
 * `Method` is what a reply is read with. A protocol adds how a request is written and how a reply is read.
 */
export abstract class ClientConnection<Method> implements Link, Forgetting {
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  protected readonly address: string
  protected readonly pending: PendingCalls<Method>
  private readonly isOrdered: boolean
  private readonly silence = new Silence()
  private isClosing = false
  private readonly closed: Promise<void>

  constructor(
    protected readonly socket: Socket,
    { address, pending, isOrdered }: ConnectionParts<Method>,
  ) {
    this.address = address
    this.pending = pending
    this.isOrdered = isOrdered
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    socket.on('data', (chunk: Buffer) => this.arrived(chunk))
    socket.on('error', error => this.lose(error.message, error))
    socket.on('end', () => this.lose(serverClosed))
    socket.once('close', () => this.lose(serverClosed))
  }

  protected abstract readonly output: Output
  protected abstract readonly splitter: Splitter

  /** @throws RpcError where the method cannot be called on this connection */
  protected abstract methodOf(call: ActiveCall): Method

  /** Writes the request. @throws RpcError or Fault where it cannot be written; nothing of it is sent then */
  protected abstract send(call: ActiveCall, method: Method, id: number): void

  readonly handle: EngineHandler = call =>
    new Promise((resolve, reject) => {
      if (call.canceled !== undefined) {
        reject(call.canceled)
        return
      }
      if (!this.open) {
        reject(closedBefore(call, this.address))
        return
      }
      let id: number
      let method: Method
      try {
        method = this.methodOf(call)
        id = this.pending.nextId()
        this.send(call, method, id)
      } catch (error) {
        reject(asInvalidMessage(error, call.method.path))
        return
      }
      if ((call.method as MethodSchema).oneway) {
        resolve(undefined)
        return
      }
      const { batch } = this.output
      const { arrivals } = this.silence
      const pending = new PendingCall({ call, method, id, batch, arrivals, connection: this, resolve, reject })
      if (this.pending.isEmpty) this.socket.ref()
      this.pending.add(pending)
      call.onCancel(pending.onCancel)
    })

  forget({ id, arrivals, call }: PendingCall<unknown>): void {
    this.pending.cancel(id)
    // In order, the calls behind this one would wait for a reply that nobody wants.
    if (this.silence.doubts(arrivals, call.clock.now()) || this.isOrdered) this.leave()
    this.settled()
  }

  async close(): Promise<void> {
    this.open = false
    this.isClosing = true
    // Whoever waits for the end needs the process.
    this.socket.ref()
    this.settled()
    await this.closed
  }

  protected succeed(pending: PendingCall<Method>, reply: unknown): void {
    pending.succeed(reply)
    this.settled()
  }

  protected fail(pending: PendingCall<Method>, error: RpcError): void {
    pending.fail(error)
    // The server refuses every new call: it is shutting down.
    if (error.delivery === 'refused' && error.code === Code.unavailable) this.leave()
    this.settled()
  }

  /** Takes no more calls. The connection ends with the last one in flight. */
  protected leave(): void {
    if (!this.open) return
    this.open = false
    this.onClose?.(undefined)
  }

  /** A connection without a call keeps no process alive; one that takes no more calls ends. */
  protected settled(): void {
    if (!this.pending.isEmpty) return
    if (!this.isClosing) this.socket.unref()
    if (!this.open) this.output.end(() => this.socket.destroy())
  }

  /** No reply can come any more, so every call that waits fails. A call that was not yet handed to the socket never left. */
  protected lose(why: string, cause?: unknown): void {
    const { address, output } = this
    for (const pending of this.pending.clear()) {
      const delivery = pending.batch === output.batch ? 'unsent' : 'unknown'
      pending.fail(connectionLost(pending.call.method.path, why, { address, delivery, cause }))
    }
    this.socket.destroy()
    if (!this.open) return
    this.open = false
    // A server that has answered and then closes is not at fault: the channel dials again at once, as it does over gRPC.
    const isEnd = this.silence.arrivals > 0 && why === serverClosed
    this.onClose?.(isEnd ? undefined : connectionLost(undefined, why, { address, cause }))
  }

  private failOldest(error: RpcError): void {
    const pending = this.pending.take(this.pending.oldest)
    if (pending !== undefined) this.fail(pending, unreadableReply(error, pending.call.method.path))
  }

  private arrived(chunk: Buffer): void {
    this.silence.arrivals++
    try {
      this.splitter.push(chunk)
    } catch (error) {
      // A message over the limit ends the connection only where it has no id. It is the reply of the oldest call then.
      if (error instanceof RpcError && error.reason === 'message_too_large') this.failOldest(error)
      this.lose(`the server sent bytes that cannot be read: ${problemOf(error)}`, error)
    }
  }
}

const serverClosed = 'the server closed it'

function problemOf(error: unknown): string {
  if (error instanceof Fault) return error.problem
  return error instanceof Error ? error.message : String(error)
}

function closedBefore({ method }: ActiveCall, address: string): RpcError {
  return connectionLost(method.path, 'it was closed', { address, delivery: 'unsent' })
}
