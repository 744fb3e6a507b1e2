import { ThriftCompiler } from '../../../codecs/thrift/compiler.js'
import type { MethodInfo } from '../../../core/call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { dialHttp, prepareHttp } from '../../http1/client/dial.js'
import { openSocket } from '../../open-socket.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { readOptions, type ThriftOptions } from '../options.js'
import { ZlibStream } from '../zlib-stream.js'
import { BoundMethod } from './bound-method.js'
import { HttpThrift } from './http-link.js'
import { ThriftLink } from './link.js'

export const defaultPort = 9090

export class ThriftDialer implements Dialer {
  private readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  private readonly options: ThriftOptions
  readonly prepare: (() => Promise<void>) | undefined
  readonly carriesHeaders: boolean

  /** @throws RpcError `failed_precondition` if a setting is invalid, or Thrift cannot carry a method */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    this.options = readOptions(settings)
    const { transport } = this.options.dialect
    this.carriesHeaders = transport === 'header' || transport === 'http'
    this.prepare = transport === 'http' ? prepareHttp : undefined
    const compiler = new ThriftCompiler(settings.limits)
    const methods = services.flatMap(service => service.methods)
    this.methods = new Map(methods.map(method => [method, new BoundMethod(method, compiler, this.options)]))
  }

  async dial({ address }: Endpoint, signal: AbortSignal): Promise<Link> {
    const { methods, options, settings } = this
    const linkSettings = { address, methods, options, limits: settings.limits }
    if (options.dialect.transport === 'http')
      return dialHttp({ address, settings, begin: new HttpThrift(linkSettings).begin }, signal)
    const socket = await openSocket({ address, defaultPort, settings }, signal)
    return new ThriftLink(options.isDeflated ? new ZlibStream(socket) : socket, linkSettings)
  }
}
