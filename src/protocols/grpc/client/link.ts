import type { MethodInfo } from '../../../core/call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { settling } from '../../../core/engine-handler.js'
import { passOn } from '../../../core/outcome.js'
import { unboundMethod, wrongReplyCount } from '../../failures.js'
import { Http2Link, type Http2LinkSettings } from '../../http2/client/link.js'
import { onlyMessage } from '../../only-message.js'
import { type BoundMethod, RequestHeaders } from './bound-method.js'
import type { ExchangeInit } from './client-call.js'
import { StreamExchange } from './stream.js'
import { UnaryExchange } from './unary.js'

export const defaultPort = 50051
export const secureDefaultPort = 443

/** The connections to one endpoint. */
export class GrpcLink extends Http2Link {
  private readonly headers = new Map<MethodInfo, RequestHeaders>()

  constructor(
    endpoint: Endpoint,
    settings: Http2LinkSettings,
    private readonly methods: ReadonlyMap<MethodInfo, BoundMethod>,
  ) {
    super(endpoint, settings, {
      protocol: 'grpc',
      defaultPort: settings.tls === undefined ? defaultPort : secureDefaultPort,
    })
  }

  readonly handle = settling((call, outcome) => {
    try {
      const headers = this.headers.get(call.method) ?? this.prepare(call.method)
      const init = { call, headers, limit: this.settings.limits.messageBytes }
      if (call.method.kind === 'unary') this.place(new UnaryExchange(init, outcome))
      else passOn(this.repliesOf(init), outcome)
    } catch (error) {
      outcome.reject(error)
    }
  })

  private async repliesOf(init: ExchangeInit): Promise<unknown> {
    const replies = await this.stream(init)
    const { kind, path } = init.call.method
    return kind === 'client_streaming' ? onlyMessage(replies[Symbol.asyncIterator](), path, wrongReplyCount) : replies
  }

  private stream(init: ExchangeInit): Promise<AsyncIterable<unknown>> {
    return new Promise((resolve, reject) => this.place(new StreamExchange(init, resolve, reject)))
  }

  private prepare(method: MethodInfo): RequestHeaders {
    const bound = this.methods.get(method)
    if (bound === undefined) throw unboundMethod(method.path)
    const headers = new RequestHeaders(bound, this.destination)
    this.headers.set(method, headers)
    return headers
  }
}
