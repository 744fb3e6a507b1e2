import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { Limits } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { ExchangePool } from '../../http1/client/connection-pool.js'
import type { Begin, HttpConnections } from '../../http1/client/link.js'
import { Http2Link, type Http2LinkSettings } from '../../http2/client/link.js'
import { RequestHeaders } from '../../http2/client/request-headers.js'
import { Http2Exchange } from './http2-exchange.js'
import type { MethodExchange } from './method-exchange.js'
import { type ConnectRequest, timeoutField } from './request.js'

/** The HTTP/2 connections to one endpoint. Many calls share each. */
export class ConnectHttp2Link extends Http2Link implements HttpConnections, ExchangePool {
  readonly address: string
  readonly limits: Limits
  readonly pool: ExchangePool = this
  private readonly headers = new Map<readonly string[], RequestHeaders>()

  constructor(
    endpoint: Endpoint,
    settings: Http2LinkSettings,
    private readonly begin: Begin,
  ) {
    super(endpoint, settings, { protocol: 'http', defaultPort: settings.tls === undefined ? 80 : 443 })
    this.address = endpoint.address
    this.limits = settings.limits
  }

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    if (call.canceled !== undefined) return Promise.reject(call.canceled)
    try {
      return this.begin(this, call)
    } catch (error) {
      return Promise.reject(RpcError.from(error, Code.internal))
    }
  }

  /** Only attempts of Connect come here. */
  dispatch(request: ConnectRequest, exchange: MethodExchange): void {
    this.place(new Http2Exchange(request, exchange, this.headersOf(request)))
  }

  /** Those of a POST are prepared once. The path of a GET holds its message. */
  private headersOf(request: ConnectRequest): RequestHeaders {
    const { fixed } = request.parts
    if (request.method === 'GET') return this.prepare(request)
    let headers = this.headers.get(fixed)
    if (headers === undefined) {
      headers = this.prepare(request)
      this.headers.set(fixed, headers)
    }
    return headers
  }

  private prepare({ method, path, parts }: ConnectRequest): RequestHeaders {
    const { scheme, authority } = this.destination
    const fields: [string, string][] = [
      [':method', method],
      [':scheme', scheme],
      [':path', path],
      [':authority', authority],
    ]
    for (let at = 0; at + 1 < parts.fixed.length; at += 2)
      fields.push([parts.fixed[at] as string, parts.fixed[at + 1] as string])
    return new RequestHeaders(fields, timeoutField)
  }

  /** Does nothing: an HTTP/2 stream ends by itself. */
  release(): void {}

  /** Does nothing: an HTTP/2 server that takes no more calls sends GOAWAY. */
  refused(): void {}
}
