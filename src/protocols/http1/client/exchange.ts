import type { Client } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { malformedReply } from '../../failures.js'
import type { PooledExchange } from './connection-pool.js'
import { exchangeError } from './exchange-error.js'
import type { HttpConnections } from './link.js'

/** The most informational responses (1xx) to one request, as on HTTP/2: more of them only keep the client busy. */
const maxInformational = 16

/**
 * One request and its reply. The object is undici's handler, in the form that gets headers unparsed: the other form costs an object, a
 * controller and a closure more per call.
 */
export abstract class HttpExchange<Reply> implements PooledExchange {
  connection: Client | undefined = undefined
  /** Whether it has its outcome. What still arrives is dropped. */
  protected isOver = false
  protected resolve!: (reply: Reply) => void
  protected reject!: (error: RpcError) => void
  private abort: ((cause?: Error) => void) | undefined = undefined
  /** Whether any of the reply has arrived. */
  protected hasReplied = false
  private informational = 0

  constructor(
    protected readonly link: HttpConnections,
    readonly call: ActiveCall,
  ) {}

  /** Receives the head of the reply. */
  protected abstract receiveHead(status: number, raw: Buffer[], resume: () => void): void

  /** @returns false to get no more until `resume` of the head is called */
  protected abstract receiveData(chunk: Buffer): boolean

  /** Called when the whole reply has arrived. */
  protected abstract completed(): void

  /** Settles the call. */
  protected rejected(error: RpcError): void {
    this.reject(error)
  }

  /** Sends the request with `dispatch`. The promise settles with the call. */
  protected begin(dispatch: () => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
      this.call.onCancel(this.cancel)
      dispatch()
    })
  }

  onConnect(abort: (cause?: Error) => void): void {
    if (this.isOver) abort()
    else this.abort = abort
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (this.isOver) return true
    if (status >= 200) {
      this.hasReplied = true
      this.receiveHead(status, raw, resume)
    } else if (++this.informational > maxInformational) {
      const why = `more than ${maxInformational} informational responses came before it`
      this.fail(malformedReply(this.call.method.path, why))
    }
    return true
  }

  onData(chunk: Buffer): boolean {
    return this.isOver || this.receiveData(chunk)
  }

  onComplete(): void {
    this.link.pool.release(this)
    if (!this.isOver) this.completed()
  }

  onError(cause: Error): void {
    const { link: connections, call, abort, hasReplied: replied } = this
    connections.pool.release(this)
    if (this.isOver) return
    this.fail(exchangeError(cause, { connections, path: call.method.path, sent: abort !== undefined, replied }))
  }

  /** Ends the exchange, on HTTP/1.1 by closing its connection. */
  protected fail(error: RpcError): void {
    if (this.isOver) return
    this.finish()
    this.abort?.(error)
    this.rejected(error)
  }

  protected readonly cancel = (reason: RpcError): void => this.fail(reason)

  protected finish(): void {
    this.isOver = true
    this.call.offCancel(this.cancel)
  }

  /** Ends the exchange without the rest of the reply. */
  protected leave(): void {
    if (this.isOver) return
    this.finish()
    this.abort?.(new Error('the rest of the reply is not wanted'))
  }
}
