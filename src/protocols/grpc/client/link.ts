import type { ActiveCall } from '../../../core/active-call.js'
import type { MethodInfo } from '../../../core/call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { unboundMethod, wrongReplyCount } from '../../failures.js'
import { Http2Link, type Http2LinkSettings } from '../../http2/client/link.js'
import { onlyMessage } from '../../only-message.js'
import { type BoundMethod, RequestHeaders } from './bound-method.js'
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

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    const headers = this.headers.get(call.method) ?? this.prepare(call.method)
    const init = { call, headers, limit: this.settings.limits.messageBytes }
    switch (call.method.kind) {
      case 'unary':
        return new Promise((resolve, reject) => this.place(new UnaryExchange(init, resolve, reject)))
      case 'client_streaming':
        return this.stream(init).then(replies =>
          onlyMessage(replies[Symbol.asyncIterator](), call.method.path, wrongReplyCount),
        )
      default:
        return this.stream(init)
    }
  }

  private stream(init: { call: ActiveCall; headers: RequestHeaders; limit: number }): Promise<AsyncIterable<unknown>> {
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
