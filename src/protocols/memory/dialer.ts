import { compileMethod, type MethodSerializers } from '../../codecs/method-serializers.js'
import type { ActiveCall, CallInit } from '../../core/active-call.js'
import { type Call, deadlineExceeded, type MethodInfo, type Peer, streamsIn, streamsOut } from '../../core/call.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import { Headers } from '../../core/headers.js'
import { RpcError } from '../../core/rpc-error.js'
import type { ServiceSchema } from '../../schema/service.js'
import { canceledByClient, connectFailed, connectionLost, draining, unknownMethod } from '../failures.js'
import type { ClientSettings, Dialer, Link, Route } from '../protocol.js'
import { find, flat, type MemoryServer, ServedCall } from './directory.js'
import { type Bound, Exchange, received } from './exchange.js'

export class MemoryDialer implements Dialer {
  private readonly methods: ReadonlyMap<MethodInfo, Bound>

  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    const { codec, limits } = settings
    const bound = services
      .flatMap(service => service.methods)
      .map((method): [MethodInfo, Bound] => [method, { method, serializers: compileMethod(codec, method, limits) }])
    this.methods = new Map(bound)
  }

  *warmUp(): Iterable<void> {
    for (const { serializers } of this.methods.values()) {
      const { request, reply, errors } = serializers
      for (const serializer of [request, reply, ...errors.values()]) serializer.prepare?.()
      yield
    }
  }

  async dial(endpoint: Endpoint): Promise<Link> {
    const server = find(endpoint.address)
    if (server === undefined) {
      throw connectFailed(`memory://${endpoint.address}`, 'no server of this process has that name')
    }
    return new MemoryLink(server, this.methods, this.settings, endpoint)
  }
}

class MemoryLink implements Link {
  open = true
  onClose: ((error: unknown) => void) | undefined
  /** The server's serializers: its classes may differ from the client's. */
  private readonly served = new Map<Route, MethodSerializers>()

  constructor(
    private readonly server: MemoryServer,
    private readonly methods: ReadonlyMap<MethodInfo, Bound>,
    private readonly settings: ClientSettings,
    private readonly endpoint: Endpoint,
  ) {}

  readonly handle = async (call: ActiveCall): Promise<unknown> => {
    const { router, settings } = this.server
    if (find(this.endpoint.address) !== this.server || router.draining) {
      this.fell()
      throw this.refused(draining(call.method.path), call)
    }
    const bound = this.methods.get(call.method) as Bound
    const route = router.routes.get(call.method.path)
    if (route === undefined) {
      throw this.refused(unknownMethod(call.method.path), call)
    }
    const serializers = this.serializersOf(route)
    const limits = { request: settings.limits.messageBytes, reply: this.settings.limits.messageBytes }
    const exchange = new Exchange(call, bound, { serializers, limits, report: settings.report })
    const requests = streamsIn(call.method) ? exchange.requests(call.message as AsyncIterable<unknown>) : undefined
    const remaining = call.deadline - call.clock.now()
    if (remaining <= 0) throw deadlineExceeded(call)
    const init = {
      method: route.method,
      message: requests,
      clock: settings.clock,
      deadline: settings.clock.now() + Math.min(remaining, settings.limits.maxDeadline),
      headers: new Headers(call.headers),
      peer,
    }
    const served = requests === undefined ? this.lone(init, exchange, call) : new ServedCall(init, this.server)
    exchange.follow(served)
    served.previousAttempts = call.previousAttempts
    const forward = ({ code }: RpcError) =>
      served.cancel(code === Code.deadline_exceeded ? deadlineExceeded(served) : canceledByClient(call.method.path))
    call.onCancel(forward)
    served.arm()
    const early = new Promise<void>(resolve => {
      served.onHeaders = resolve
    })
    let reply: unknown
    try {
      const { context } = this.server
      const handled = context.runInAsyncScope(route.handler, undefined, served)
      reply = await Promise.race([handled, canceled(call), exchange.sourceFailed()])
      if (streamsOut(call.method)) {
        // Until its first message or `sendHeaders`, a handler may set headers, or fail so that the call can be sent again.
        const replies = (reply as AsyncIterable<unknown>)[Symbol.asyncIterator]()
        const first = replies.next()
        await Promise.race([first, early, canceled(call), exchange.sourceFailed()])
        call.receiveReplyHeaders(served.headersSent ?? flat(served.replyHeadersIfAny))
        return exchange.replies(first, replies, { call, served })
      }
    } catch (error) {
      call.offCancel(forward)
      if (exchange.broken !== undefined) served.cancel(canceledByClient(call.method.path))
      throw served.isCut ? this.lost(call) : exchange.error(error)
    }
    call.receiveReplyHeaders(served.headersSent ?? flat(served.replyHeadersIfAny))
    call.receiveReplyTrailers(flat(served.replyTrailersIfAny))
    call.offCancel(forward)
    return exchange.reply(reply)
  }

  async close(): Promise<void> {
    this.open = false
  }

  private lone(init: CallInit, exchange: Exchange, { message }: Call): ServedCall {
    const bytes = exchange.encoded(message)
    return new LoneRequestCall(init, this.server, () => exchange.decoded(bytes))
  }

  private refused(error: RpcError, { method }: Call): RpcError {
    this.server.settings.observer?.callRefused?.({ path: method.path, peer, error })
    return received(error)
  }

  private lost({ method }: Call): RpcError {
    return connectionLost(method.path, 'the server closed it', { address: this.endpoint.address })
  }

  private fell(): void {
    if (!this.open) return
    this.open = false
    this.onClose?.(undefined)
  }

  private serializersOf(route: Route): MethodSerializers {
    let serializers = this.served.get(route)
    if (serializers === undefined) {
      const { codec } = this.settings
      serializers = compileMethod(codec, route.method, this.server.settings.limits)
      this.served.set(route, serializers)
    }
    return serializers
  }
}

/** A call whose request is decoded when the router asks for it. */
class LoneRequestCall extends ServedCall {
  constructor(
    init: CallInit,
    server: MemoryServer,
    private readonly decode: () => unknown,
  ) {
    super(init, server)
  }

  override receive(): undefined {
    this.message = this.decode()
  }
}

const peer: Peer = { address: 'memory', protocol: 'memory' }

function canceled(call: Call): Promise<never> {
  return new Promise((_, reject) => call.onCancel(reject))
}
