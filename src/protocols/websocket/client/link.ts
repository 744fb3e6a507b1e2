import type { Socket } from 'node:net'
import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { Limits } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { connectionLost } from '../../failures.js'
import type { ExchangePool, HttpRequest, PooledExchange } from '../../http1/client/connection-pool.js'
import type { Begin, HttpConnections } from '../../http1/client/link.js'
import { openSocket, placeOf, type SocketTarget } from '../../open-socket.js'
import type { Link } from '../../protocol.js'
import { loadWebSockets } from '../library.js'
import { type ExchangeOwner, WebSocketExchange } from './exchange.js'

export interface WebSocketTarget {
  readonly target: SocketTarget
  readonly limits: Limits
  /** Begins one call. */
  readonly begin: Begin
}

/** Loads the library. */
export async function prepareWebSocket(): Promise<void> {
  await loadWebSockets()
}

/**
 * Connects to an endpoint. The first connection shows that it is there, and carries the first call.
 * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
 */
export async function dialWebSocket(parts: WebSocketTarget, signal: AbortSignal): Promise<Link> {
  const library = await loadWebSockets()
  return new WebSocketLink(parts, library, await openSocket(parts.target, signal))
}

/** The WebSockets to one endpoint: one per call. */
class WebSocketLink implements Link, HttpConnections, ExchangePool, ExchangeOwner {
  readonly address: string
  readonly host: string
  readonly limits: Limits
  readonly pool: ExchangePool = this
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  private readonly active = new Set<WebSocketExchange>()
  private readonly waiting: WebSocketExchange[] = []
  private whenIdle: (() => void) | undefined

  constructor(
    private readonly parts: WebSocketTarget,
    readonly library: ExchangeOwner['library'],
    private spare: Socket | undefined,
  ) {
    this.address = parts.target.address
    this.host = hostOf(parts.target)
    this.limits = parts.limits
    // It does not keep the process alive, and is dropped when the server closes it.
    spare?.unref().once('close', () => {
      if (this.spare === spare) this.spare = undefined
    })
  }

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    if (call.canceled !== undefined) return Promise.reject(call.canceled)
    const { address } = this
    if (!this.open)
      return Promise.reject(connectionLost(call.method.path, 'it was closed', { address, delivery: 'unsent' }))
    try {
      return this.parts.begin(this, call)
    } catch (error) {
      return Promise.reject(RpcError.from(error, Code.internal))
    }
  }

  dispatch(request: HttpRequest, exchange: PooledExchange): void {
    const own = new WebSocketExchange(request, exchange, this)
    if (this.active.size < this.limits.connections) this.begin(own)
    else this.waiting.push(own)
    own.watch()
  }

  /** Does nothing: the WebSocket ends with its call. */
  release(): void {}

  /** Not a failure: the next dial reaches the server that took over. */
  refused(): void {
    this.shut(undefined)
  }

  ended(exchange: WebSocketExchange): void {
    if (!this.active.delete(exchange)) return
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (next.over) continue
      this.begin(next)
      return
    }
    if (this.active.size === 0) this.whenIdle?.()
  }

  async close(): Promise<void> {
    this.onClose = undefined
    this.shut(undefined)
    if (this.active.size > 0) await new Promise<void>(resolve => (this.whenIdle = resolve))
  }

  private begin(exchange: WebSocketExchange): void {
    this.active.add(exchange)
    const { spare } = this
    this.spare = undefined
    const abort = new AbortController()
    exchange.giveUp = () => abort.abort()
    const opening = spare === undefined ? openSocket(this.parts.target, abort.signal) : Promise.resolve(spare)
    opening.then(
      socket => {
        if (exchange.over) socket.destroy()
        else exchange.start(socket)
      },
      (error: RpcError) => {
        // The caller left. That says nothing about the server.
        if (abort.signal.aborted) return
        exchange.fail(error)
        this.shut(error)
      },
    )
  }

  /** Takes no more calls. Calls in flight go on. */
  private shut(cause: unknown): void {
    if (!this.open) return
    this.open = false
    this.spare?.destroy()
    for (const exchange of this.waiting.splice(0))
      exchange.fail(
        connectionLost(exchange.call.method.path, 'it was closed', { address: this.address, delivery: 'unsent' }),
      )
    this.onClose?.(cause)
  }
}

function hostOf({ address, defaultPort }: SocketTarget): string {
  const place = placeOf(address, defaultPort)
  if ('path' in place) return 'localhost'
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return place.port === defaultPort ? host : `${host}:${place.port}`
}
