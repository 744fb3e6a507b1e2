import type { MethodInfo } from '../../../core/call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { KeepaliveTime } from '../../http2/client/keepalive-time.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { type BoundMethod, bindMethod } from './bound-method.js'
import { GrpcLink } from './link.js'

export class GrpcDialer implements Dialer {
  private readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  private readonly keepalive: KeepaliveTime

  /** @throws RpcError `failed_precondition` if the codec cannot carry a method */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    const bound = services
      .flatMap(service => service.methods)
      .map((method): [MethodInfo, BoundMethod] => [method, bindMethod(method, settings)])
    this.methods = new Map(bound)
    this.keepalive = new KeepaliveTime(settings.keepalive)
  }

  *warmUp(): Iterable<void> {
    for (const { request, reply, details } of this.methods.values()) {
      request.prepare?.()
      reply.prepare?.()
      yield details.prepare()
    }
  }

  async dial(endpoint: Endpoint, signal: AbortSignal): Promise<Link> {
    const link = new GrpcLink(endpoint, { ...this.settings, keepaliveTime: this.keepalive }, this.methods)
    await link.dial(signal)
    return link
  }
}
