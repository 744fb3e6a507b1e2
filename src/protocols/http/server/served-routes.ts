import type { Router, ServerSettings } from '../../protocol.js'
import type { RestRoute } from './rest/route.js'
import type { RouteTable } from './rest/route-table.js'
import { restRoutes } from './rest/routes.js'
import { ServedMethod } from './served-method.js'

/** What a server answers over HTTP. */
export interface ServedRoutes {
  /** The methods by path. */
  readonly methods: ReadonlyMap<string, ServedMethod>
  /** The routes of REST; undefined if there are none. */
  readonly routes: RouteTable<RestRoute> | undefined
}

/**
 * The methods and routes of a router. What answers them may be loaded later.
 * @throws RpcError `failed_precondition` if none of the codecs can carry a method, or routes contradict each other
 */
export function servedRoutes(router: Router, settings: ServerSettings): ServedRoutes {
  const methods = new Map<string, ServedMethod>()
  for (const [path, route] of router.routes) methods.set(path, new ServedMethod(route, settings))
  return { methods, routes: restRoutes(router, settings, methods) }
}
