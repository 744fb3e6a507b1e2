import type { ConfigSource } from '../config/config-source.js'
import { followConfig } from '../config/follow-config.js'
import type { MethodPolicies } from '../config/read-config.js'
import type { ServiceConfig } from '../config/service-config.js'
import type { EngineHandler } from '../core/active-call.js'
import { CallCount } from '../core/call-count.js'
import type { Clock } from '../core/clock.js'
import { engineHandler, settle, settling } from '../core/engine-handler.js'
import { type MethodState, type PolicyState, readStates, type StateReads } from '../core/inspection.js'
import type { Observers } from '../core/observers.js'
import {
  buildStage,
  compose,
  type Policy,
  type PolicyDefinition,
  type PolicyScope,
  SharedState,
} from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { policiesOf } from '../policies/built-in.js'
import { around } from '../policies/order.js'
import { unreadableRequest } from '../protocols/failures.js'
import type { Route, Router } from '../protocols/protocol.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Report } from './errors-for-peer.js'
import { type InstanceSource, readServed, type Served, type ServedService } from './instances.js'
import { checkMethods, invoker } from './invoker.js'
import { OnewayCalls } from './oneway-calls.js'
import { serving } from './serving.js'

export interface RouterSettings {
  readonly clock: Clock
  readonly report: Report
  /** Sees every call. */
  readonly observer?: Observers | undefined
  /** Counts every call. Default: nobody reads the count. */
  readonly calls?: CallCount
  readonly container?: InstanceSource | undefined
  /** Wins over all of them. */
  readonly config?: ServiceConfig | ConfigSource | undefined
  /** They win over what the classes declare. */
  readonly policies: readonly PolicyDefinition[]
}

/** The methods of a server, each composed once. */
export class ServiceRouter implements Router {
  readonly services: readonly ServiceSchema[]
  readonly routes: ReadonlyMap<string, Route>
  draining = false
  leaving = false
  readonly oneways = new OnewayCalls()
  /** What the policies show of their state, by the path of the method. */
  private readonly states = new Map<string, StateReads>()
  private readonly drainListeners = new Set<() => void>()
  private readonly unfollow: () => Promise<void> = async () => {}

  /** @throws RpcError `failed_precondition` for whatever is wrong with the services or their policies */
  constructor(served: readonly Served[], settings: RouterSettings) {
    const services = served.map(one => readServed(one, settings.container))
    checkNames(services.map(one => one.schema))
    this.services = services.map(one => one.schema)
    const routes = new Map<string, Route>()
    const sharedByAll = new SharedState().shared
    for (const service of services) {
      const state = {
        ...settings,
        shared: new SharedState().shared,
        sharedByAll,
        oneways: this.oneways,
        states: this.states,
      }
      for (const method of service.schema.methods) routes.set(method.path, routeOf(method, service, state))
    }
    this.routes = routes
    if (settings.config !== undefined) this.unfollow = this.follow(settings.config, settings.report)
  }

  private follow(config: ServiceConfig | ConfigSource, report: Report): () => Promise<void> {
    return followConfig(config, {
      services: this.services,
      balancers: [],
      report,
      apply: read => {
        const routes = [...this.routes.values()].filter(route => route instanceof ConfiguredRoute)
        const changes = routes.map(route =>
          route.prepare(read.policiesFor(route.method.serviceName, route.method.name)),
        )
        for (const change of changes) change()
      },
    })
  }

  get policyStates(): Readonly<Record<string, MethodState>> {
    return readStates(this.states)
  }

  onDrain(listener: () => void): () => void {
    this.drainListeners.add(listener)
    return () => this.drainListeners.delete(listener)
  }

  /** The server will drain soon. */
  leave(): void {
    this.leaving = true
    this.tellListeners()
  }

  /** @returns resolves when the configuration is no longer followed */
  async drain(): Promise<void> {
    this.leaving = this.draining = true
    this.tellListeners()
    await this.unfollow()
  }

  /** A listener may add itself again. */
  private tellListeners(): void {
    const listeners = [...this.drainListeners]
    this.drainListeners.clear()
    for (const listener of listeners) listener()
  }
}

/** A router with further services, which drains when the first does. */
export function extended(router: Router, further: Router): Router {
  return {
    services: [...router.services, ...further.services],
    routes: new Map([...router.routes, ...further.routes]),
    get draining() {
      return router.draining
    },
    get leaving() {
      return router.leaving
    },
    onDrain: listener => router.onDrain(listener),
  }
}

type SharedByRoutes = Pick<PolicyScope, 'shared' | 'sharedByAll'> & {
  readonly oneways: OnewayCalls
  readonly states: Map<string, StateReads>
}

function routeOf(
  method: MethodSchema,
  { schema, instance }: ServedService,
  settings: RouterSettings & SharedByRoutes,
): Route {
  checkMethods([method], schema.class.prototype as object)
  const invoke = invoker(method, instance)
  const { clock, shared, sharedByAll, report, oneways, observer, calls = new CallCount() } = settings
  const build = (configured: readonly PolicyDefinition[]): Built => {
    const states: StateReads = new Map()
    const expose = (policy: string, read: () => PolicyState) => states.set(policy, read)
    const scope = { method, clock, shared, sharedByAll, report, observer, expose }
    const definitions = policiesOf(method, schema.policies, [...settings.policies, ...configured])
    const { outside, inside } = around('handler', 'decode', definitions)
    const policies = [...buildStage('handler', outside, scope), receiving, ...buildStage('handler', inside, scope)]
    const handler = serving(method, compose(policies, invoke), { report, observer, calls })
    const show = () => settings.states.set(method.path, states)
    return { handler: method.oneway ? oneways.counted(handler) : handler, show }
  }
  if (settings.config !== undefined) return new ConfiguredRoute(method, build)
  const { handler, show } = build([])
  show()
  return { method, handler }
}

/** The policies of a method, built. */
interface Built {
  readonly handler: EngineHandler
  /** Makes `inspect` show their state. */
  readonly show: () => void
}

/** A route whose policies may change. Protocols keep its handler, so that stays the same. */
class ConfiguredRoute implements Route {
  private current: EngineHandler
  private key: string | undefined

  constructor(
    readonly method: MethodSchema,
    private readonly build: (configured: readonly PolicyDefinition[]) => Built,
  ) {
    const { handler, show } = build([])
    this.current = handler
    show()
  }

  readonly handler: EngineHandler = settling((call, outcome) => settle(this.current, call, outcome))

  /** @returns a function that makes the change and cannot fail; a route whose policies do not change keeps their state */
  prepare({ definitions, key }: MethodPolicies): () => void {
    if (key === this.key) return () => {}
    const { handler, show } = this.build(definitions)
    return () => {
      this.current = handler
      show()
      this.key = key
    }
  }
}

/** Decodes the request for the policies that follow. It never throws, and creates no promise if the bytes are decoded synchronously. */
const receiving: Policy = next =>
  engineHandler(call => {
    try {
      const received = call.receive()
      if (received === undefined) return next(call)
      return received.then(
        () => next(call),
        (error: unknown) => Promise.reject(unreadableRequest(error, call.method.path)),
      )
    } catch (error) {
      return Promise.reject(unreadableRequest(error, call.method.path))
    }
  })

function checkNames(services: readonly ServiceSchema[]): void {
  const seen = new Map<string, string>()
  for (const service of services) {
    const other = seen.get(service.name)
    if (other !== undefined) {
      throw misuse(
        'duplicate_service',
        `class ${service.class.name}: the service name ${service.name} is already used by class ${other}; ` +
          `write @Service('another.Name') on one of them`,
      )
    }
    seen.set(service.name, service.class.name)
  }
}
