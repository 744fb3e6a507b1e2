import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { misuse } from '../../../core/rpc-error.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { unboundMethod } from '../../failures.js'
import { dialHttp, prepareHttp } from '../../http1/client/dial.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { KeepaliveTime } from '../../http2/client/keepalive-time.js'
import { openSocket, placeOf } from '../../open-socket.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { dialWebSocket, prepareWebSocket } from '../../websocket/client/link.js'
import { unixPort } from '../unix-port.js'
import { Alternatives, type Http2Offer } from './alternatives.js'
import { BoundMethod } from './bound-method.js'
import { ConnectHttp2Link } from './http2-link.js'
import { StreamCall } from './stream.js'
import { UnaryCall } from './unary.js'
import { UpgradingLink } from './upgrading-link.js'

export class HttpDialer implements Dialer {
  private readonly methods = new Map<string, BoundMethod>()
  /** Undefined: the server chooses, under TLS in the handshake (ALPN), without TLS by an offer in a reply (Alt-Svc). */
  private readonly version: Version | undefined
  /** The keepalive of HTTP/2 connections. */
  private readonly keepalive: KeepaliveTime
  private readonly alternatives: Alternatives

  /** @throws RpcError `failed_precondition` if the codec cannot carry a method, or a setting is invalid */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    this.version = versionOf(settings)
    this.keepalive = new KeepaliveTime(settings.keepalive)
    this.alternatives = new Alternatives(settings.clock)
    for (const { methods } of services)
      for (const method of methods) this.methods.set(method.path, new BoundMethod(method, settings))
  }

  get prepare(): (() => Promise<void>) | undefined {
    if (this.version === 'websocket') return prepareWebSocket
    return this.version === '2' || this.isNegotiated ? undefined : prepareHttp
  }

  *warmUp(): Iterable<void> {
    for (const method of this.methods.values()) yield method.warmUp()
  }

  async dial(endpoint: Endpoint, signal: AbortSignal, loads?: (library: Promise<void>) => void): Promise<Link> {
    const { settings, begin, version } = this
    const { address } = endpoint
    if (version === undefined && settings.tls === undefined) return this.dialPlain(endpoint, signal)
    if (version === 'websocket') {
      const defaultPort = settings.tls === undefined ? 80 : 443
      const target = { address, defaultPort, settings, alpn: 'http/1.1' } as const
      return dialWebSocket({ target, limits: settings.limits, begin }, signal)
    }
    const opened = this.isNegotiated
      ? await openSocket({ address, defaultPort: 443, settings, alpn: 'either' }, signal)
      : undefined
    const isHttp2 = version === '2' || (opened as TLSSocket | undefined)?.alpnProtocol === 'h2'
    if (!isHttp2) {
      if (opened !== undefined) loads?.(prepareHttp())
      return dialHttp({ address, settings, begin, opened }, signal)
    }
    return this.dialHttp2(endpoint, signal, opened)
  }

  /** Over HTTP/1.1 until the server offers HTTP/2; over HTTP/2 if it has done so before. */
  private async dialPlain(endpoint: Endpoint, signal: AbortSignal): Promise<Link> {
    const { settings, begin, alternatives } = this
    const { address } = endpoint
    if (alternatives.speaksHttp2(address) === true) {
      // Where nothing can be connected, HTTP/1.1 cannot either.
      const opened = await openSocket({ address, defaultPort: 80, settings }, signal)
      const promised = await this.dialHttp2(endpoint, signal, opened).catch(() => undefined)
      if (promised !== undefined) return promised
      alternatives.failed(address)
    }
    const first = await dialHttp({ address, settings, begin }, signal)
    const place = placeOf(address, 80)
    const port = 'port' in place ? place.port : unixPort
    return new UpgradingLink(first, port, (offer, aborted) => this.upgrade(endpoint, offer, aborted))
  }

  /** @throws RpcError if nothing can be connected, which says nothing of HTTP/2 */
  private async upgrade(
    endpoint: Endpoint,
    { lasts }: Http2Offer,
    signal: AbortSignal,
  ): Promise<ConnectHttp2Link | undefined> {
    const { settings, alternatives } = this
    const { address } = endpoint
    if (alternatives.speaksHttp2(address) === false) return undefined
    const opened = await openSocket({ address, defaultPort: 80, settings }, signal)
    // No call waits for it, so neither does the end of the process.
    opened.unref()
    const link = await this.dialHttp2(endpoint, signal, opened).catch(() => undefined)
    if (link !== undefined) alternatives.succeeded(address, lasts)
    else if (!signal.aborted) alternatives.failed(address)
    return link
  }

  private async dialHttp2(endpoint: Endpoint, signal: AbortSignal, opened?: Socket): Promise<ConnectHttp2Link> {
    const link = new ConnectHttp2Link(endpoint, { ...this.settings, keepaliveTime: this.keepalive }, this.begin)
    await link.dial(signal, opened)
    return link
  }

  /** Whether the server chooses the version (ALPN). undici is loaded only after it has chosen HTTP/1.1. */
  private get isNegotiated(): boolean {
    return this.version === undefined && this.settings.tls !== undefined
  }

  private readonly begin = (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const method = this.methods.get(call.method.path)
    if (method === undefined) throw unboundMethod(call.method.path)
    const Attempt = method.isStreaming ? StreamCall : UnaryCall
    return new Attempt(connections, method, call).send()
  }
}

/** What carries the exchanges. */
type Version = '1.1' | '2' | 'websocket'

function versionOf({ options }: ClientSettings): Version | undefined {
  const { version } = options ?? {}
  if (version === undefined || version === '1.1' || version === '2' || version === 'websocket') return version
  const shown = JSON.stringify(version.slice(0, 32))
  throw misuse('invalid_target', `target: version is ${shown}; write 1.1, 2 or websocket`)
}
