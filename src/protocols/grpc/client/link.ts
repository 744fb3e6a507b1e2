import type { Socket } from 'node:net'
import type { ActiveCall } from '../../../core/active-call.js'
import type { MethodInfo } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { ClientConnection } from '../../../http2/client-connection.js'
import type { ConnectionOptions } from '../../../http2/options.js'
import { connectFailed, unboundMethod } from '../../failures.js'
import { openSocket } from '../../open-socket.js'
import type { ClientSettings, Link } from '../../protocol.js'
import { type BoundMethod, RequestHeaders } from './bound-method.js'
import type { Exchange } from './client-call.js'
import type { KeepaliveTime } from './keepalive-time.js'
import { onlyReply, StreamExchange } from './stream.js'
import { UnaryExchange } from './unary.js'

export const defaultPort = 50051
export const secureDefaultPort = 443

/** Connections to one endpoint, where its MAX_CONCURRENT_STREAMS asks for several. */
const mostConnections = 64

export interface LinkSettings extends ClientSettings {
  readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  readonly keepaliveTime: KeepaliveTime
}

/**
 * The connections to one endpoint: one, and a further one whenever all are full. A connection that the server wants to be rid of (GOAWAY)
 * ends with the calls it has, while new calls go to the others; with the last one that takes calls the link closes.
 */
export class GrpcLink implements Link {
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  /** Where the next call goes unless it is full. */
  private current: ClientConnection | undefined = undefined
  /** Those that take calls. */
  private readonly usable = new Set<ClientConnection>()
  /** Those and the ones that only end their calls. */
  private readonly alive = new Set<ClientConnection>()
  private readonly waiting = new Set<Exchange>()
  private dialing = false
  private readonly abort = new AbortController()
  private readonly headers = new Map<MethodInfo, RequestHeaders>()

  constructor(
    private readonly endpoint: Endpoint,
    private readonly settings: LinkSettings,
  ) {}

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    const headers = this.headers.get(call.method) ?? this.prepare(call.method)
    const init = { call, headers, limit: this.settings.limits.messageBytes }
    switch (call.method.kind) {
      case 'unary':
        return new Promise((resolve, reject) => this.place(new UnaryExchange(init, resolve, reject)))
      case 'client_streaming':
        return this.stream(init).then(replies => onlyReply(replies[Symbol.asyncIterator](), call))
      default:
        return this.stream(init)
    }
  }

  /**
   * Opens one more connection.
   * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
   */
  async dial(signal: AbortSignal): Promise<void> {
    const { endpoint, settings } = this
    const port = settings.tls === undefined ? defaultPort : secureDefaultPort
    const socket = await openSocket({ address: endpoint.address, defaultPort: port, settings, alpn: 'h2' }, signal)
    await this.add(socket, signal)
  }

  /**
   * Takes a connection in, once the server has sent its settings: it speaks HTTP/2, then, and says how many calls it takes.
   * @param signal gives it up until then
   * @throws RpcError `unavailable` with delivery `unsent` where it does not
   */
  private add(socket: Socket, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let settled = false
      const abort = () => connection.destroy()
      const settle = () => {
        settled = true
        timer.cancel()
        signal.removeEventListener('abort', abort)
      }
      const connection = new ClientConnection(
        socket,
        {
          onSettings: () => {
            if (settled) return
            settle()
            this.began(connection)
            resolve()
          },
          onRoom: () => this.serveWaiting(),
          onGoaway: (_lastStreamId, error) => {
            this.settings.keepaliveTime.goaway(error)
            this.retire(connection)
          },
          onClose: error => {
            settle()
            this.alive.delete(connection)
            this.retire(connection)
            reject(connectFailed(this.endpoint.address, error?.message ?? 'the server closed the connection', error))
          },
        },
        this.connectionOptions,
      )
      const timer = this.settings.clock.schedule(this.settings.connectTimeout, {
        expire: () => connection.destroy(),
      })
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
  }

  async close(): Promise<void> {
    this.open = false
    this.abort.abort()
    this.failWaiting(
      failure('channel_closed', Code.canceled, `${this.endpoint.address}: the channel was closed`, unsent),
    )
    await Promise.all([...this.alive].map(connection => connection.close()))
  }

  private get connectionOptions(): Partial<ConnectionOptions> {
    const { limits, keepaliveTime } = this.settings
    const { idleTimeout, headerBytes, stallTimeout } = limits
    return { idleTimeout, maxHeaderList: headerBytes, stallTimeout, ...keepaliveTime.options }
  }

  private stream(init: { call: ActiveCall; headers: RequestHeaders; limit: number }): Promise<AsyncIterable<unknown>> {
    return new Promise((resolve, reject) => this.place(new StreamExchange(init, resolve, reject)))
  }

  private prepare(method: MethodInfo): RequestHeaders {
    const { address } = this.endpoint
    const { tls } = this.settings
    const bound = this.settings.methods.get(method)
    if (bound === undefined) throw unboundMethod(method.path)
    const authority = tls?.serverName ?? (address.startsWith('unix:') ? 'localhost' : address)
    const headers = new RequestHeaders(bound, { scheme: tls === undefined ? 'http' : 'https', authority })
    this.headers.set(method, headers)
    return headers
  }

  private place(exchange: Exchange): void {
    exchange.watch()
    if (exchange.over) return
    const connection = this.waiting.size === 0 ? this.roomy() : undefined
    if (connection !== undefined) exchange.start(connection)
    else this.enqueue(exchange)
  }

  private enqueue(exchange: Exchange): void {
    if (!this.open) {
      exchange.fail(connectFailed(this.endpoint.address, 'the connection is closing'))
      return
    }
    this.waiting.add(exchange)
    exchange.call.onCancel(() => this.waiting.delete(exchange))
    this.serveWaiting()
    if (this.waiting.size > 0) void this.dialMore()
  }

  private serveWaiting(): void {
    for (const exchange of this.waiting) {
      const connection = exchange.over ? undefined : this.roomy()
      if (connection === undefined && !exchange.over) return
      this.waiting.delete(exchange)
      if (connection !== undefined) exchange.start(connection)
    }
  }

  private roomy(): ClientConnection | undefined {
    if (this.current?.usable && !this.current.full) return this.current
    for (const connection of this.usable) {
      if (!connection.usable || connection.full) continue
      this.current = connection
      return connection
    }
    return undefined
  }

  private async dialMore(): Promise<void> {
    if (this.dialing) return
    this.dialing = true
    try {
      while (this.waiting.size > 0 && this.usable.size < mostConnections) {
        await this.dial(this.abort.signal)
      }
    } catch {
      // Calls wait for room on the connections there are, which say when they are lost.
    } finally {
      this.dialing = false
    }
  }

  private began(connection: ClientConnection): void {
    if (!this.open) {
      void connection.close()
      return
    }
    this.alive.add(connection)
    this.usable.add(connection)
    this.current ??= connection
    this.serveWaiting()
  }

  /** It takes no more calls. The channel dials anew, without a backoff: the server did speak HTTP/2. */
  private retire(connection: ClientConnection): void {
    if (!this.usable.delete(connection)) return
    if (this.current === connection) this.current = this.usable.values().next().value
    if (this.usable.size > 0 || !this.open) return
    this.open = false
    this.abort.abort()
    this.failWaiting(connectFailed(this.endpoint.address, 'the connection was closed'))
    this.onClose?.(undefined)
  }

  private failWaiting(error: RpcError): void {
    for (const exchange of this.waiting) exchange.fail(error)
    this.waiting.clear()
  }
}

const unsent = { delivery: 'unsent' } as const
