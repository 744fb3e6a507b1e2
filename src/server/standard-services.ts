import { serviceOf } from '../decorators/read-service.js'
import type { Protocol, Router, ServerSettings } from '../protocols/protocol.js'
import type { Class } from '../schema/type.js'
import { extended, ServiceRouter } from './router.js'

/**
 * What one protocol serves: the services of the server, and those that the protocol offers on every server (health, reflection). One that the
 * server has itself under the same name stands in place of the offered one.
 */
export function withStandardServices(router: Router, protocol: Protocol, settings: ServerSettings): Router {
  const offered = protocol.standardServices?.(router) ?? []
  const names = new Set(router.services.map(service => service.name))
  const missing = offered.filter(one => !names.has(serviceOf(one.constructor as Class).name))
  if (missing.length === 0) return router
  const { clock, report } = settings
  return extended(router, new ServiceRouter(missing, { clock, report, policies: [] }))
}
