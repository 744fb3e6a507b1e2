import type { ActiveCall } from '../../../core/active-call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { unboundMethod } from '../../failures.js'
import { dialHttp, prepareHttp } from '../../http1/client/dial.js'
import type { HttpConnections } from '../../http1/client/link.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { BoundMethod } from './bound-method.js'
import { StreamCall } from './stream.js'
import { UnaryCall } from './unary.js'

export class HttpDialer implements Dialer {
  private readonly methods = new Map<string, BoundMethod>()

  /** @throws RpcError `failed_precondition` where the codec cannot carry a method */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    for (const { methods } of services)
      for (const method of methods) this.methods.set(method.path, new BoundMethod(method, settings))
  }

  readonly prepare = prepareHttp

  dial({ address }: Endpoint, signal: AbortSignal): Promise<Link> {
    return dialHttp({ address, settings: this.settings, begin: this.begin }, signal)
  }

  private readonly begin = (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const method = this.methods.get(call.method.path)
    if (method === undefined) throw unboundMethod(call.method.path)
    const Attempt = method.isStreaming ? StreamCall : UnaryCall
    return new Attempt(connections, method, call).send()
  }
}
