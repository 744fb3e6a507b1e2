import type { Socket } from 'node:net'
import type { ActiveCall, EngineHandler } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { ClientConnection } from '../../../http2/client-connection.js'
import type { ConnectionOptions } from '../../../http2/options.js'
import { connectFailed } from '../../failures.js'
import { openSocket } from '../../open-socket.js'
import type { ClientSettings, Link, LiveConnection } from '../../protocol.js'
import { liveConnection } from '../live-connection.js'
import { goawayReason, lossReason } from './disconnect-reason.js'
import type { KeepaliveTime } from './keepalive-time.js'

/** One attempt of a call on a link. */
export interface PlacedExchange {
  readonly call: ActiveCall
  /** Whether it has ended, possibly before it started. */
  readonly over: boolean
  /** Makes it end when its call is cancelled; at once if it already is. */
  watch(): void
  /** Sends it on a connection that has room. */
  start(connection: ClientConnection): void
  /** Ends it with an error. */
  fail(error: RpcError): void
}

export interface Http2LinkSettings extends ClientSettings {
  /** The keepalive of the channel. */
  readonly keepaliveTime: KeepaliveTime
}

export interface Destination {
  readonly scheme: 'http' | 'https'
  readonly authority: string
}

/** What the links of a protocol have in common. */
export interface LinkKind {
  /** The name of the protocol. */
  readonly protocol: string
  /** The port of an address without one. */
  readonly defaultPort: number
}

/** The most connections to one endpoint whose MAX_CONCURRENT_STREAMS is too low for one. */
const mostConnections = 64

/**
 * The connections to one endpoint: one, and another one whenever all are full. After a GOAWAY a connection ends with its last call, and new
 * calls go to the others. The link closes with its last connection that takes calls.
 */
export abstract class Http2Link implements Link {
  open = true
  onClose: ((error: unknown, reason?: string) => void) | undefined = undefined
  /** The connection for the next call, unless it is full. */
  private current: ClientConnection | undefined = undefined
  /** The connections that take calls. */
  private readonly usable = new Set<ClientConnection>()
  /** All connections, including those that only finish their calls. */
  private readonly alive = new Set<ClientConnection>()
  private readonly waiting = new Set<PlacedExchange>()
  private dialing = false
  private readonly abort = new AbortController()

  abstract readonly handle: EngineHandler

  constructor(
    protected readonly endpoint: Endpoint,
    protected readonly settings: Http2LinkSettings,
    private readonly kind: LinkKind,
  ) {}

  liveConnections(): readonly LiveConnection[] {
    return [...this.alive].map(connection => liveConnection(connection, this.kind.protocol))
  }

  /**
   * Opens one more connection.
   * @param opened one on which the server has agreed to HTTP/2
   * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
   */
  async dial(signal: AbortSignal, opened?: Socket): Promise<void> {
    const { endpoint, settings } = this
    const { defaultPort } = this.kind
    const target = { address: endpoint.address, defaultPort, settings, alpn: 'h2' } as const
    await this.add(opened ?? (await openSocket(target, signal)), signal)
  }

  /**
   * Adds a connection after the server has sent its settings, which show that it speaks HTTP/2 and how many calls it takes.
   * @param signal aborts the wait
   * @throws RpcError `unavailable` with delivery `unsent` if no settings arrive
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
            this.retire(connection, goawayReason(error))
          },
          onClose: error => {
            settle()
            this.alive.delete(connection)
            this.retire(connection, connection.closing ? 'subchannel shutdown' : lossReason(error))
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

  /** The scheme and authority of every request. */
  protected get destination(): Destination {
    const { address } = this.endpoint
    const { tls } = this.settings
    const authority = tls?.serverName ?? (address.startsWith('unix:') ? 'localhost' : address)
    return { scheme: tls === undefined ? 'http' : 'https', authority }
  }

  /** Starts an attempt, now or when a connection has room for it. */
  protected place(exchange: PlacedExchange): void {
    exchange.watch()
    if (exchange.over) return
    const connection = this.waiting.size === 0 ? this.roomy() : undefined
    if (connection !== undefined) exchange.start(connection)
    else this.enqueue(exchange)
  }

  private enqueue(exchange: PlacedExchange): void {
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
      // The calls wait for room on the existing connections, and fail when those are lost.
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

  /**
   * Removes a connection that takes no more calls. With the last one the channel dials again, without backoff: the server speaks HTTP/2.
   */
  private retire(connection: ClientConnection, reason: string): void {
    if (!this.usable.delete(connection)) return
    if (this.current === connection) this.current = this.usable.values().next().value
    if (this.usable.size > 0 || !this.open) return
    this.open = false
    this.abort.abort()
    this.failWaiting(connectFailed(this.endpoint.address, 'the connection was closed'))
    this.onClose?.(undefined, reason)
  }

  private failWaiting(error: RpcError): void {
    for (const exchange of this.waiting) exchange.fail(error)
    this.waiting.clear()
  }
}

const unsent = { delivery: 'unsent' } as const
