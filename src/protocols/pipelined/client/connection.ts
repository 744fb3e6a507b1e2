import type { Duplex } from 'node:stream'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall, EngineHandler } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { RpcError } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import { connectionLost } from '../../failures.js'
import type { Link } from '../../protocol.js'
import type { Output } from '../output.js'
import type { Splitter } from '../splitter.js'
import { type Forgetting, PendingCall, type PendingCalls } from './pending-calls.js'
import { Silence } from './silence.js'

/** A socket, or what a protocol reads through one. */
export interface ClientStream extends Duplex {
  ref(): unknown
  unref(): unknown
}

export interface ConnectionParts<Method> {
  readonly address: string
  readonly pending: PendingCalls<Method>
  /** Whether replies arrive in the order of their calls. */
  readonly isOrdered: boolean
}

/**
 * A client's connection with many calls at once. A protocol adds how requests are written and replies are read.
 *
 * `Method` reads the replies of a method.
 */
export abstract class ClientConnection<Method> implements Link, Forgetting {
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  protected readonly address: string
  protected readonly pending: PendingCalls<Method>
  private readonly isOrdered: boolean
  private readonly silence = new Silence()
  private isClosing = false
  /**
   * Whether a request is being written. Meanwhile code of the application runs, in getters, transforms and observers, and may make another
   * call, or close the client.
   */
  private isSending = false
  private readonly closed: Promise<void>

  constructor(
    protected readonly socket: ClientStream,
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

  /** @throws RpcError if the method cannot be called on this connection */
  protected abstract methodOf(call: ActiveCall): Method

  /** Writes the request. @throws RpcError or Fault if it cannot be written; then none of it is sent */
  protected abstract send(call: ActiveCall, method: Method, id: number): void

  readonly handle: EngineHandler = call =>
    // Its bytes would come into the midst of the message that is being written.
    this.isSending ? Promise.resolve(call).then(this.handle) : this.begin(call)

  private begin(call: ActiveCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
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
      this.isSending = true
      try {
        method = this.methodOf(call)
        id = this.pending.nextId()
        this.send(call, method, id)
        this.isSending = false
      } catch (error) {
        this.isSending = false
        if (!this.open) this.settled()
        reject(asInvalidMessage(error, call.method.path))
        return
      }
      if ((call.method as MethodSchema).oneway) {
        if (!this.open) this.settled()
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
  }

  forget({ id, arrivals, call }: PendingCall<unknown>): void {
    this.pending.cancel(id)
    // With ordered replies, later calls would wait for a reply that is no longer wanted.
    if (this.silence.doubts(arrivals, call.clock.now()) || this.isOrdered) this.leave()
    this.settled()
  }

  async close(): Promise<void> {
    this.open = false
    this.isClosing = true
    // The caller awaits the end, so the process must stay alive.
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
    // The server is shutting down, and refuses every new call.
    if (error.delivery === 'refused' && error.code === Code.unavailable) this.leave()
    this.settled()
  }

  /** Takes no more calls. The connection ends after the last call in flight. */
  protected leave(): void {
    if (!this.open) return
    this.open = false
    this.onClose?.(undefined)
  }

  /** Called after a call has ended. A connection without calls does not keep the process alive; it ends if it takes no more calls. */
  protected settled(): void {
    if (this.isSending || !this.pending.isEmpty) return
    if (!this.isClosing) this.socket.unref()
    if (!this.open) this.output.end(() => this.socket.destroy())
  }

  /** Fails every waiting call. A call that was not yet passed to the socket is unsent. */
  protected lose(why: string, cause?: unknown): void {
    const { address, output } = this
    for (const pending of this.pending.clear()) {
      const delivery = pending.batch === output.batch ? 'unsent' : 'unknown'
      pending.fail(connectionLost(pending.call.method.path, why, { address, delivery, cause }))
    }
    this.socket.destroy()
    if (!this.open) return
    this.open = false
    // A server may close a connection on which it has answered: the channel dials again at once, as over gRPC.
    const isEnd = this.silence.arrivals > 0 && why === serverClosed
    this.onClose?.(isEnd ? undefined : connectionLost(undefined, why, { address, cause }))
  }

  private arrived(chunk: Buffer): void {
    this.silence.arrivals++
    try {
      this.splitter.push(chunk)
    } catch (error) {
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
