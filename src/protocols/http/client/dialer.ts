import type { ActiveCall } from '../../../core/active-call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { misuse } from '../../../core/rpc-error.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { unboundMethod } from '../../failures.js'
import { dialHttp, prepareHttp } from '../../http1/client/dial.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { KeepaliveTime } from '../../http2/client/keepalive-time.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { BoundMethod } from './bound-method.js'
import { ConnectHttp2Link } from './http2-link.js'
import { StreamCall } from './stream.js'
import { UnaryCall } from './unary.js'

export class HttpDialer implements Dialer {
  private readonly methods = new Map<string, BoundMethod>()
  private readonly isHttp2: boolean
  /** The keepalive of HTTP/2 connections. */
  private readonly keepalive: KeepaliveTime

  /** @throws RpcError `failed_precondition` if the codec cannot carry a method, or a setting is invalid */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    this.isHttp2 = versionOf(settings) === '2'
    this.keepalive = new KeepaliveTime(settings.keepalive)
    for (const { methods } of services)
      for (const method of methods) this.methods.set(method.path, new BoundMethod(method, settings))
  }

  get prepare(): (() => Promise<void>) | undefined {
    return this.isHttp2 ? undefined : prepareHttp
  }

  async dial(endpoint: Endpoint, signal: AbortSignal): Promise<Link> {
    const { settings, begin } = this
    if (!this.isHttp2) return dialHttp({ address: endpoint.address, settings, begin }, signal)
    const link = new ConnectHttp2Link(endpoint, { ...settings, keepaliveTime: this.keepalive }, begin)
    await link.dial(signal)
    return link
  }

  private readonly begin = (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const method = this.methods.get(call.method.path)
    if (method === undefined) throw unboundMethod(call.method.path)
    const Attempt = method.isStreaming ? StreamCall : UnaryCall
    return new Attempt(connections, method, call).send()
  }
}

function versionOf({ options }: ClientSettings): '1.1' | '2' {
  const { version = '1.1' } = options ?? {}
  if (version === '1.1' || version === '2') return version
  throw misuse('invalid_target', `target: version is ${JSON.stringify(version.slice(0, 32))}; write 1.1 or 2`)
}
