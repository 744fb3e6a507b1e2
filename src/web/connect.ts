import type { BoundMethod } from '../client/bound-method.js'
import { createProxy } from '../client/proxy.js'
import type { Codec } from '../codecs/codec.js'
import { type EngineHandler, engineHandler } from '../core/active-call.js'
import { streamsIn, streamsOut } from '../core/call.js'
import { CallCount } from '../core/call-count.js'
import type { Clock } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { StateReads } from '../core/inspection.js'
import { defaultLimits } from '../core/limits.js'
import { boundsOf, buildStage, compose, type PolicyDefinition, SharedState } from '../core/policy.js'
import { failure, misuse, type RpcError } from '../core/rpc-error.js'
import { readService } from '../decorators/read-contract.js'
import { defaultTotal, totalTimeout } from '../policies/call-deadline.js'
import { policiesOver } from '../policies/effective.js'
import { inOrder } from '../policies/order.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { json } from './json/codec.js'
import { pageClock } from './page-clock.js'
import { PageMethod, type PageSettings, type RequestStreams } from './page-method.js'
import { serverStream } from './server-stream.js'
import { unary } from './unary.js'

/** Options of `connect` in a page. */
export interface ConnectOptions {
  /** The codec of the messages: `protobuf`, or the JSON of pages. Default: `json`. */
  readonly codec?: Codec
  /**
   * Call and attempt policies of every method, such as `retry(...)`. They replace those of the same name that the class declares. Default:
   * none.
   */
  readonly policies?: readonly PolicyDefinition[]
  /** Whether `@Safe` methods are called by GET, so that the browser's cache can keep their replies. Default true. */
  readonly get?: boolean
  /** Whether the browser sends cookies, as for `fetch`. The server must allow it: `cors: { credentials: true }`. Default `same-origin`. */
  readonly credentials?: 'include' | 'omit' | 'same-origin'
  /** Sends the requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** The most bytes of one reply. Default 4 MiB. */
  readonly messageBytes?: number
  /** Carries the methods that take a stream: `webSocket`. Default: none, and their calls fail with `not_carried`. */
  readonly requestStreams?: RequestStreams
  /** The source of time, for tests. Default: the page's clock. */
  readonly clock?: Clock
}

/**
 * Creates a client of a service in a page: an object whose methods are calls, over `fetch` and the Connect protocol.
 *
 * Unary calls and streams of replies work. A browser cannot stream requests over `fetch`, so a method that takes a stream needs
 * `requestStreams: webSocket`.
 *
 * @param url where the service is: `https://api.example.com`, or a path of the page's own server, such as `/`
 *
 * @example
 * const hello = connect(Hello, 'https://api.example.com')
 * const reply = await hello.sayHello({ name: 'World' })
 *
 * @throws RpcError `failed_precondition` if the class, the URL or a policy is invalid, or the codec cannot carry a method
 * @see docs/guide/web.md
 */
export function connect<T extends object>(
  service: Class<T>,
  url: string | URL,
  options: ConnectOptions = {},
): T & AsyncDisposable {
  const schema = readService(service as Class)
  const channel = new PageChannel(options.clock ?? pageClock)
  const settings: PageSettings = {
    base: baseOf(url),
    codec: options.codec ?? json,
    json,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    credentials: options.credentials ?? 'same-origin',
    get: options.get ?? true,
    messageBytes: options.messageBytes ?? defaultLimits.messageBytes,
    requestStreams: options.requestStreams,
  }
  const shared = new SharedState()
  const methods = schema.methods.map(method => bind(method, { schema, channel, settings, shared, options }))
  return createProxy(schema, methods, channel) as T & AsyncDisposable
}

/** @throws RpcError `failed_precondition` (`invalid_target`) */
function baseOf(url: string | URL): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } }
  const text = String(url)
  const parsed = URL.canParse(text, location?.href) ? new URL(text, location?.href) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.search + parsed.hash === '')
    return parsed.href.replace(/\/+$/, '')
  const example = 'write https://api.example.com, and a codec as the option codec'
  throw misuse('invalid_target', `target ${JSON.stringify(text)}: a page calls an http or https URL; ${example}`)
}

/** What a client of a page has in place of a channel: `fetch` keeps the connections. */
class PageChannel {
  readonly settings = { given: {}, protocol: 'http' } as const
  readonly isPrepared = true
  readonly calls = new CallCount()
  private closed = false

  constructor(readonly clock: Clock) {}

  async prepare(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true
  }

  inspect(): ReturnType<Parameters<typeof createProxy>[2]['inspect']> {
    const { closed, calls, clock } = this
    const none = { endpoints: [], balancers: [], methods: {} }
    return { id: 0, target: 'page', resolved: true, closed, calls: calls.inspect(clock.now()), ...none }
  }

  /** Fails calls that begin after `close`. */
  guard(send: EngineHandler, address: string): EngineHandler {
    const endpoint = { address }
    return call => {
      if (this.closed) return Promise.reject(closedClient(call.method.path))
      call.setEndpoint(endpoint)
      return send(call)
    }
  }
}

function closedClient(path: string): RpcError {
  return failure('channel_closed', Code.canceled, `${path}: its client was closed`, { delivery: 'unsent' })
}

interface Binding {
  readonly schema: ServiceSchema
  readonly channel: PageChannel
  readonly settings: PageSettings
  readonly shared: SharedState
  readonly options: ConnectOptions
}

function bind(method: MethodSchema, { schema, channel, settings, shared, options }: Binding): BoundMethod {
  const given = { method, ofService: schema.policies, settings: options.policies ?? [] }
  const definitions = policiesOver([totalTimeout(defaultTotal)], given)
  const scope = { method, clock: channel.clock, shared: shared.shared, sharedByAll: shared.shared }
  const send = channel.guard(senderOf(method, settings), new URL(settings.base).host)
  const attempt = compose(buildStage('attempt', inOrder('attempt', definitions), scope), engineHandler(send))
  return {
    schema: method,
    handler: compose(buildStage('call', inOrder('call', definitions), scope), attempt),
    guarded: false,
    observer: undefined,
    states: new Map() as StateReads,
    timeout: boundsOf(definitions).total,
    clock: channel.clock,
    channel,
    waitForReady: false,
  }
}

/** @throws RpcError `failed_precondition` if the codec cannot carry the method */
function senderOf(method: MethodSchema, settings: PageSettings): EngineHandler {
  if (streamsIn(method)) {
    if (settings.requestStreams !== undefined) return settings.requestStreams(method, settings)
    const why = `${method.path}: a browser cannot stream requests over fetch; connect with { requestStreams: webSocket }`
    return () => Promise.reject(misuse('not_carried', why))
  }
  const bound = new PageMethod(method, settings)
  return streamsOut(method) ? serverStream(bound) : unary(bound)
}
