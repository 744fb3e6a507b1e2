import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { Limits } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { ExchangePool, HttpRequest, PooledExchange } from '../../http1/client/connection-pool.js'
import type { Begin, HttpConnections } from '../../http1/client/link.js'
import { Http2Link, type Http2LinkSettings } from '../../http2/client/link.js'
import { Http2Exchange } from './http2-exchange.js'
import { RequestBlocks } from './request-blocks.js'

/** The HTTP/2 connections to one endpoint. Many calls share each. */
export class ConnectHttp2Link extends Http2Link implements HttpConnections, ExchangePool {
  readonly address: string
  readonly limits: Limits
  readonly pool: ExchangePool = this
  private readonly blocks: RequestBlocks

  constructor(
    endpoint: Endpoint,
    settings: Http2LinkSettings,
    private readonly begin: Begin,
  ) {
    super(endpoint, settings, { protocol: 'http', defaultPort: settings.tls === undefined ? 80 : 443 })
    this.address = endpoint.address
    this.limits = settings.limits
    this.blocks = new RequestBlocks(this.destination)
  }

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    if (call.canceled !== undefined) return Promise.reject(call.canceled)
    try {
      return this.begin(this, call)
    } catch (error) {
      return Promise.reject(RpcError.from(error, Code.internal))
    }
  }

  dispatch(request: HttpRequest, exchange: PooledExchange): void {
    this.place(new Http2Exchange(request, exchange, this.blocks))
  }

  /** Does nothing: an HTTP/2 stream ends by itself. */
  release(): void {}

  /** Does nothing: an HTTP/2 server that takes no more calls sends GOAWAY. */
  refused(): void {}
}
