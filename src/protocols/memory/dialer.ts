import { AsyncResource } from 'node:async_hooks'
import { compileMethod, type MethodSerializers } from '../../codecs/method-serializers.js'
import type { ActiveCall, CallInit } from '../../core/active-call.js'
import { type Call, deadlineExceeded, type MethodInfo, streamsIn, streamsOut } from '../../core/call.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import { Headers, type HeaderValue } from '../../core/headers.js'
import { checkMessageSize } from '../../core/limits.js'
import { isRefusal } from '../../core/refusal.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import {
  canceledByClient,
  connectFailed,
  connectionLost,
  draining,
  unknownMethod,
  unreadableReply,
  unreadableRequest,
  unwritableReply,
} from '../failures.js'
import type { ClientSettings, Dialer, Link, Route } from '../protocol.js'
import { shortMessage } from '../shortened.js'
import { find, type MemoryServer, ServedCall } from './directory.js'

interface Bound {
  readonly method: MethodSchema
  readonly serializers: MethodSerializers
}

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
  /** The server's side has serializers of its own: its classes may be others than the client's. */
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
      throw received(draining(call.method.path))
    }
    const bound = this.methods.get(call.method) as Bound
    const route = router.routes.get(call.method.path)
    if (route === undefined) {
      throw received(unknownMethod(call.method.path))
    }
    const serializers = this.serializersOf(route)
    const limits = { request: settings.limits.messageBytes, reply: this.settings.limits.messageBytes }
    const exchange = new Exchange(bound, serializers, limits, settings.report)
    const requests = streamsIn(call.method) ? exchange.requests(call.message as AsyncIterable<unknown>) : undefined
    const remaining = call.deadline - call.clock.now()
    if (remaining <= 0) throw deadlineExceeded(call)
    const init = {
      method: route.method,
      message: requests,
      clock: settings.clock,
      deadline: settings.clock.now() + Math.min(remaining, settings.limits.maxDeadline),
      headers: new Headers(call.headers),
      peer: { address: 'memory', protocol: 'memory' },
    }
    const served = requests === undefined ? this.lone(init, exchange, call) : new ServedCall(init, this.server)
    exchange.follow(served)
    served.previousAttempts = call.previousAttempts
    const forward = ({ code }: RpcError) =>
      served.cancel(code === Code.deadline_exceeded ? deadlineExceeded(served) : canceledByClient(call.method.path))
    call.onCancel(forward)
    served.arm()
    let reply: unknown
    try {
      const { context } = this.server
      const handled = context.runInAsyncScope(route.handler, undefined, served)
      reply = await Promise.race([handled, canceled(call), exchange.sourceFailed()])
      if (streamsOut(call.method)) {
        // Until its first message it may set headers, or fail: then the call may be sent again.
        const replies = (reply as AsyncIterable<unknown>)[Symbol.asyncIterator]()
        const first = await Promise.race([replies.next(), canceled(call), exchange.sourceFailed()])
        call.receiveReplyHeaders(flat(served.replyHeadersIfAny))
        return exchange.replies(first, replies, { call, served })
      }
    } catch (error) {
      call.offCancel(forward)
      if (exchange.broken !== undefined) served.cancel(canceledByClient(call.method.path))
      throw served.isCut ? this.lost(call) : exchange.error(error)
    }
    call.receiveReplyHeaders(flat(served.replyHeadersIfAny))
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

/** Decoded when the router asks for it. */
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

/** @throws RpcError `resource_exhausted` (`message_too_large`) */
function within(bytes: Uint8Array, limit: number): Uint8Array {
  checkMessageSize(bytes.byteLength, limit)
  return bytes
}

/** The messages of one call, each through bytes: out of one side's classes, into the other's. */
class Exchange {
  /** What the caller's stream of requests failed with: its own answer, whatever the server makes of the end of the stream. */
  broken: RpcError | undefined
  /** Why the call was cancelled. */
  private cut: RpcError | undefined
  private failSource: (error: RpcError) => void = () => {}
  private failStep: ((reason: RpcError) => void) | undefined
  /** The caller's stream of requests runs in the asynchronous context of its caller. */
  private readonly caller = new AsyncResource('polywire.memory')

  constructor(
    private readonly client: Bound,
    private readonly server: MethodSerializers,
    /** Bytes of one message. */
    private readonly limits: { readonly request: number; readonly reply: number },
    private readonly report: (error: unknown) => void,
  ) {}

  encoded(request: unknown): Uint8Array {
    return this.client.serializers.request.encode(request)
  }

  decoded(request: Uint8Array): unknown {
    checkMessageSize(request.byteLength, this.limits.request)
    return this.server.request.decode(request)
  }

  private readable(bytes: Uint8Array): unknown {
    try {
      return this.decoded(bytes)
    } catch (error) {
      throw unreadableRequest(error, this.client.method.path)
    }
  }

  /** Rejects with what the caller's stream of requests throws: the call has failed then, whatever its handler makes of it. */
  sourceFailed(): Promise<never> {
    return new Promise((_, reject) => {
      this.failSource = reject
    })
  }

  /** A call that is cancelled ends the handler's stream of requests with an error, so that half an upload does not look whole. */
  follow(served: ServedCall): void {
    served.onCancel(reason => {
      this.cut = reason
      this.failStep?.(reason)
    })
  }

  async *requests(messages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    for await (const bytes of this.sent(messages)) yield this.readable(bytes)
  }

  private async *sent(messages: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    const source = messages[Symbol.asyncIterator]()
    const { caller } = this
    let isOver = false
    try {
      for (;;) {
        const { done, value } = await this.step(() => caller.runInAsyncScope(source.next, source))
        if (this.cut !== undefined) throw this.cut
        isOver = done === true
        if (isOver) return
        yield this.encoded(value)
      }
    } catch (error) {
      if (this.cut !== undefined) throw this.cut
      this.broken = RpcError.from(error)
      this.failSource(this.broken)
      throw canceledByClient(this.client.method.path)
    } finally {
      // A source that waits for something else may never come back, so nothing waits for it.
      if (!isOver) caller.runInAsyncScope(async () => source.return?.()).catch(this.report)
    }
  }

  /** Cancelling ends a step that waits. */
  private step(next: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.failStep = reject
      next().then(resolve, reject)
    })
  }

  reply(message: unknown): unknown {
    const { path } = this.client.method
    let bytes: Uint8Array
    try {
      bytes = this.server.reply.encode(message)
    } catch (error) {
      this.report(error)
      throw received(unwritableReply(path))
    }
    try {
      return this.client.serializers.reply.decode(within(bytes, this.limits.reply))
    } catch (error) {
      throw unreadableReply(error, path)
    }
  }

  async *replies(
    first: IteratorResult<unknown>,
    replies: AsyncIterator<unknown>,
    { call, served }: { call: ActiveCall; served: ServedCall },
  ): AsyncGenerator<unknown> {
    try {
      for (let result = first; !result.done; result = await this.next(replies)) yield this.reply(result.value)
    } finally {
      call.receiveReplyTrailers(flat(served.replyTrailersIfAny))
      served.cancel(canceledByClient(call.method.path))
    }
  }

  private async next(replies: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
    try {
      return await replies.next()
    } catch (error) {
      throw this.error(error)
    }
  }

  /** @returns undefined where it is not declared, or its fields cannot travel */
  private typed(error: RpcError): RpcError | undefined {
    for (const { name, class: type } of this.client.method.throws) {
      const serializer = this.server.errors.get(name)
      if (type === undefined || serializer === undefined || error.constructor.name !== type.name) continue
      try {
        const bytes = within(serializer.encode(error), this.limits.reply)
        return this.client.serializers.errors.get(name)?.decode(bytes) as RpcError | undefined
      } catch (cause) {
        this.report(cause)
        return undefined
      }
    }
    return undefined
  }

  /** Declared errors arrive as their class; of others code, message and details arrive, as on any wire. */
  error(thrown: unknown): RpcError {
    if (this.broken !== undefined) return this.broken
    const error = RpcError.from(thrown)
    const { headers, details } = error
    const delivery = isRefusal(error) ? 'refused' : 'unknown'
    const message = shortMessage(error.message, { messageBytes: this.limits.reply })
    const typed = this.typed(error)
    if (typed !== undefined) {
      return Object.defineProperties(typed, {
        message: { value: message, configurable: true, writable: true },
        code: { value: error.code, enumerable: true },
      })
    }
    return new RpcError(message, error.code, {
      delivery,
      details,
      ...(headers === undefined ? {} : { headers }),
    })
  }
}

/** An error of the server as its caller gets it: without a reason, as over any other wire. */
function received(error: RpcError): RpcError {
  return new RpcError(error.message, error.code, { delivery: error.delivery })
}

function canceled(call: Call): Promise<never> {
  return new Promise((_, reject) => call.onCancel(reject))
}

function flat(headers: Headers | undefined): HeaderValue[] {
  return headers === undefined ? [] : ([...headers].flat() as HeaderValue[])
}
