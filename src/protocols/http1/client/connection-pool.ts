import type { Client, Dispatcher } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'

/** One request and its reply, as undici's handler. */
export interface PooledExchange extends Dispatcher.DispatchHandler {
  readonly call: ActiveCall
  /** Set by the pool. `onComplete` and `onError` of the exchange call `release`. */
  connection: Client | undefined
}

export interface HttpRequest extends Dispatcher.DispatchOptions {
  /** Name, value, name, value ... */
  readonly headers: string[]
}

export interface ExchangePool {
  dispatch(request: HttpRequest, exchange: PooledExchange): void
  /** Called when the exchange has ended. */
  release(exchange: PooledExchange): void
}

export interface ConnectionPoolOptions {
  /** Creates a client with one connection, which it opens on first use. */
  readonly open: () => Client
  /** The most connections. Further exchanges wait. */
  readonly limit: number
  /** Called for each connection that cannot be opened. */
  readonly failed: (error: Error) => void
}

interface Waiting {
  readonly options: HttpRequest
  readonly exchange: PooledExchange
}

/**
 * An HTTP/1.1 connection carries one call at a time, so each exchange has its own. The connection that was freed last is used first, so
 * unneeded connections stay idle until undici closes them.
 *
 * undici's own pool treats a connection whose reply has just arrived as busy. Under load it opens twice as many connections as there are
 * calls in flight, and it searches all of them for each call.
 */
export class ConnectionPool implements ExchangePool {
  private readonly clients = new Set<Client>()
  private readonly free: Client[] = []
  private readonly waiting: Waiting[] = []
  /** Takes the exchanges that come after `handOver`. */
  private successor: ExchangePool | undefined = undefined

  constructor(private readonly options: ConnectionPoolOptions) {}

  dispatch(options: HttpRequest, exchange: PooledExchange): void {
    if (this.successor !== undefined) {
      this.successor.dispatch(options, exchange)
      return
    }
    const client = this.free.pop() ?? (this.clients.size < this.options.limit ? this.open() : undefined)
    if (client === undefined) this.waiting.push({ options, exchange })
    else {
      exchange.connection = client
      client.dispatch(options, exchange)
    }
  }

  release(exchange: PooledExchange): void {
    const client = exchange.connection
    exchange.connection = undefined
    if (client === undefined || !this.clients.has(client)) return
    this.free.push(client)
    const next = this.waiting.shift()
    if (next !== undefined) this.dispatch(next.options, next.exchange)
  }

  /** Gives the waiting exchanges, and those that are still being written, to another pool, and closes. */
  handOver(pool: ExchangePool): Promise<void> {
    this.successor = pool
    for (const { options, exchange } of this.waiting.splice(0)) pool.dispatch(options, exchange)
    return this.close()
  }

  /** Fails the waiting exchanges. Resolves when those with a connection have ended. */
  async close(): Promise<void> {
    const clients = [...this.clients]
    this.clients.clear()
    this.free.length = 0
    for (const { exchange } of this.waiting.splice(0)) exchange.onError?.(new Error('the link was closed'))
    await Promise.all(clients.map(client => client.close()))
  }

  private open(): Client {
    const client = this.options.open()
    this.clients.add(client)
    client.on('connectionError', (_origin, _targets, error) => this.options.failed(error))
    client.on('disconnect', () => this.dropIfFree(client))
    return client
  }

  private dropIfFree(client: Client): void {
    const at = this.free.indexOf(client)
    if (at < 0) return
    this.free.splice(at, 1)
    this.clients.delete(client)
    void client.close()
  }
}
