import type { IncomingMessage } from 'node:http'
import { Code } from '../../../../core/code.js'
import { failure, type RpcError } from '../../../../core/rpc-error.js'
import type { HttpVerb } from '../../../../schema/http-rule.js'
import type { MadeMethods } from '../../../made-methods.js'
import type { Router, ServerSettings } from '../../../protocol.js'
import type { ServedMethod } from '../served-method.js'
import { RestRoute } from './route.js'
import { type RouteMatch, RouteTable, refuseHidden, takenByPage } from './route-table.js'

/**
 * The routes of a server.
 * @returns undefined if its methods have none
 * @throws RpcError `failed_precondition` (`conflicting_routes`)
 */
export function restRoutes(
  router: Router,
  settings: ServerSettings,
  methods: MadeMethods<ServedMethod>,
): RouteTable<RestRoute> | undefined {
  let table: RouteTable<RestRoute> | undefined
  for (const { method } of router.routes.values()) {
    for (const rule of method.routes) {
      table ??= new RouteTable()
      if (settings.ownsPage?.(rule.verb, rule.template.text)) throw takenByPage(method, rule)
      table.add(new RestRoute(methods.get(method.path) as ServedMethod, rule, settings))
    }
  }
  if (table !== undefined) refuseHidden(router.services)
  return table
}

/** The route for a request. A `GET` route also answers `HEAD`, unless it streams. @returns undefined if the path has other methods only */
export function routeFor({ byVerb }: RouteMatch<RestRoute>, { method = '' }: IncomingMessage): RestRoute | undefined {
  if (method !== 'HEAD') return byVerb.get(method as HttpVerb)
  const route = byVerb.get('GET')
  return route?.hasStream ? undefined : route
}

/** The value of `allow`. */
export function allowedBy({ byVerb }: RouteMatch<RestRoute>): string {
  const verbs = [...byVerb.keys()].flatMap(verb =>
    verb === 'GET' && !byVerb.get('GET')?.hasStream ? [verb, 'HEAD'] : [verb],
  )
  return verbs.join(', ')
}

export function wrongVerb({ method, url = '' }: IncomingMessage, allowed: string): RpcError {
  const path = url.split('?', 1)[0]?.slice(0, 200)
  return failure('wrong_http_method', Code.unknown, `${path} has no route for ${method}; send ${allowed}`)
}
