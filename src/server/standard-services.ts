import type { PolicyDefinition } from '../core/policy.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Protocol, Router, StandardServicesAsked } from '../protocols/protocol.js'
import type { Class } from '../schema/type.js'
import type { HealthChecks } from './health-checks.js'
import { extended, ServiceRouter } from './router.js'
import type { ServeOptions, ServingSettings } from './serve-options.js'

/** The standard services of one server, whichever protocol offers them. */
export interface StandardServicesChosen {
  readonly asked: StandardServicesAsked
  /** The policies of `serve`, which guard the standard services too. */
  readonly policies: readonly PolicyDefinition[]
  /** The policies of health. */
  readonly healthPolicies: readonly PolicyDefinition[]
}

export function standardServicesOf(options: ServeOptions, checks: HealthChecks): StandardServicesChosen {
  const { standardServices = true, health = true, policies = [] } = options
  const isOpen = typeof health === 'object' && health.authorize === false
  return {
    asked: {
      health: standardServices && health !== false,
      ...(!checks.isEmpty && { ready: checks.pass }),
      reflection: offersReflection(options),
    },
    policies,
    healthPolicies: isOpen ? policies.filter(({ name }) => name !== 'authorize') : policies,
  }
}

/** Whether callers can ask the server for its contract. */
export function offersReflection({ standardServices = true, reflection }: ServeOptions): boolean {
  return standardServices && (reflection ?? isDevelopment())
}

function isDevelopment(): boolean {
  return process.env.NODE_ENV === 'development'
}

/**
 * The router of one protocol: the server's services, and the protocol's standard services (health, reflection). A service of the server
 * replaces a standard one of the same name.
 */
export function withStandardServices(
  router: Router,
  protocol: Protocol,
  { chosen, settings }: { readonly chosen: StandardServicesChosen; readonly settings: ServingSettings },
): Router {
  const { asked, policies, healthPolicies } = chosen
  const { health = [], reflection = [] } = protocol.standardServices?.(router, asked) ?? {}
  const reflecting = missingIn(router, reflection)
  if (reflecting.length > 0) settings.report(reflectionIsOn(protocol))
  const guarded = added(router, missingIn(router, health), { settings, policies: healthPolicies })
  return added(guarded, reflecting, { settings, policies })
}

/** The admin services of gRPC, and what guards them. */
export interface AdminServices {
  readonly services: readonly object[]
  readonly policies: readonly PolicyDefinition[]
}

/** The router of one protocol with the admin services, which only gRPC offers: a page in a browser cannot send gRPC. */
export function withAdmin(
  router: Router,
  { name }: Protocol,
  { admin, settings }: { readonly admin: AdminServices | undefined; readonly settings: ServingSettings },
): Router {
  if (admin === undefined || name !== 'grpc') return router
  return added(router, missingIn(router, admin.services), { settings, policies: admin.policies })
}

/** A warning at start-up. */
function reflectionIsOn({ name }: Protocol): string {
  return (
    `${name}: reflection is on; every caller that the policies of serve admit can list ` +
    `services, methods and messages (reflection: false turns it off)`
  )
}

function missingIn(router: Router, offered: readonly object[]): readonly object[] {
  const names = new Set(router.services.map(service => service.name))
  return offered.filter(one => !names.has(serviceOf(one.constructor as Class).name))
}

function added(
  router: Router,
  services: readonly object[],
  { settings, policies }: { readonly settings: ServingSettings; readonly policies: readonly PolicyDefinition[] },
): Router {
  if (services.length === 0) return router
  const { clock, report, observer, calls } = settings
  return extended(
    router,
    new ServiceRouter(services, { clock, report, observer, calls, policies: fitFor(services, policies) }),
  )
}

/** Drops policies that a standard method cannot have, such as caching on a stream. They were given for the server's own services. */
function fitFor(services: readonly object[], policies: readonly PolicyDefinition[]): readonly PolicyDefinition[] {
  const methods = services.flatMap(one => serviceOf(one.constructor as Class).methods)
  return policies.filter(policy => methods.every(method => policy.conflict?.(method, policies) === undefined))
}
