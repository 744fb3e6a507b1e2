import type { BoundMethod } from '../client/bound-method.js'
import { createProxy } from '../client/proxy.js'
import type { EngineHandler } from '../core/active-call.js'
import { streamsIn, streamsOut } from '../core/call.js'
import { CallCount } from '../core/call-count.js'
import type { Clock } from '../core/clock.js'
import { engineHandler } from '../core/engine-handler.js'
import type { StateReads } from '../core/inspection.js'
import { boundsOf, buildStage, compose, SharedState } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { defaultTotal, totalTimeout } from '../policies/call-deadline.js'
import { policiesOver } from '../policies/effective.js'
import { inOrder } from '../policies/order.js'
import { addPushback } from '../protocols/http/client/pushback.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import { PageMethod } from './page-method.js'
import type { PageSettings } from './page-settings.js'
import { closedClient } from './plain-client.js'
import { serverStream } from './server-stream.js'
import { unary } from './unary.js'

/** Makes a client with everything that calls of polywire have: options, policies and streams. */
export function makeFullClient(schema: ServiceSchema, settings: PageSettings): object {
  const channel = new PageChannel(settings.clock)
  const shared = new SharedState()
  const methods = schema.methods.map(method => bind(method, { schema, channel, settings, shared }))
  return createProxy(schema, methods, channel)
}

/** What a client of a page has in place of a channel: `fetch` keeps the connections. */
class PageChannel {
  readonly settings = { given: {}, protocol: 'http', uri: 'page' } as const
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

interface Binding {
  readonly schema: ServiceSchema
  readonly channel: PageChannel
  readonly settings: PageSettings
  readonly shared: SharedState
}

function bind(method: MethodSchema, { schema, channel, settings, shared }: Binding): BoundMethod {
  const given = { method, ofService: schema.policies, settings: settings.policies }
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
  const bound = new PageMethod(method, settings, addPushback)
  return streamsOut(method) ? serverStream(bound) : unary(bound)
}
