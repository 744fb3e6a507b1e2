import { ThriftCompiler } from '../../../codecs/thrift/compiler.js'
import type { MethodInfo } from '../../../core/call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { openSocket } from '../../open-socket.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { readOptions, type ThriftOptions } from '../options.js'
import { BoundMethod } from './bound-method.js'
import { HttpThriftLink } from './http-link.js'
import { ThriftLink } from './link.js'

export const defaultPort = 9090

export class ThriftDialer implements Dialer {
  private readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  private readonly options: ThriftOptions

  /** @throws RpcError `failed_precondition` where the target's settings or a method cannot be had in Thrift */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    this.options = readOptions(settings)
    const compiler = new ThriftCompiler(settings.limits)
    const methods = services.flatMap(service => service.methods)
    this.methods = new Map(methods.map(method => [method, new BoundMethod(method, compiler, this.options)]))
  }

  async dial({ address }: Endpoint, signal: AbortSignal): Promise<Link> {
    const { tls, connectTimeout: timeout, limits } = this.settings
    const open = (until: AbortSignal) => openSocket({ address, defaultPort, tls, timeout }, until)
    const settings = { address, methods: this.methods, options: this.options, limits }
    const socket = await open(signal)
    if (this.options.dialect.transport !== 'http') return new ThriftLink(socket, settings)
    return new HttpThriftLink(socket, { ...settings, open: () => open(new AbortController().signal) })
  }
}
