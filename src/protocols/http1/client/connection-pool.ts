import type { Client, Dispatcher } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'

/** One request and its reply; undici reports to it. */
export interface PooledExchange extends Dispatcher.DispatchHandler {
  readonly call: ActiveCall
  /** Set by the pool when it has one for it. Whatever ends the exchange, `onComplete` or `onError`, hands it to `release`. */
  connection: Client | undefined
}

export interface HttpRequest extends Dispatcher.DispatchOptions {
  /** Name, value, name, value ... */
  readonly headers: string[]
  /** Entries at the beginning of `headers` that every request with this path has. Default: 0. */
  readonly fixed?: number
}

/** Where exchanges are sent. */
export interface ExchangePool {
  dispatch(request: HttpRequest, exchange: PooledExchange): void
  /** The exchange has ended. */
  release(exchange: PooledExchange): void
}

export interface ConnectionPoolOptions {
  /** Makes a client of one connection, which it opens when it is first used. */
  readonly open: () => Client
  /** Connections at most; exchanges beyond them wait. */
  readonly limit: number
  /** Told of every connection that could not be opened. */
  readonly failed: (error: Error) => void
}

interface Waiting {
  readonly options: HttpRequest
  readonly exchange: PooledExchange
}

/**
 * HTTP/1.1 carries one call at a time on a connection, so each exchange has one to itself. The connection that was freed last is taken
 * first: those that are not needed stay idle until undici closes them.
 *
 * undici's own pool takes a connection whose reply has just arrived for busy, so under load it opens twice as many as there are calls in
 * flight, and it looks through all of them for each call.
 */
export class ConnectionPool implements ExchangePool {
  private readonly clients = new Set<Client>()
  private readonly free: Client[] = []
  private readonly waiting: Waiting[] = []

  constructor(private readonly options: ConnectionPoolOptions) {}

  dispatch(options: HttpRequest, exchange: PooledExchange): void {
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

  /** Exchanges that wait fail; those that have a connection go on, and it resolves when they have ended. */
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
