import { checkOptionNames } from '../core/option-names.js'
import type { Served } from './instances.js'
import { type KoaMiddleware, routerMiddleware } from './koa.js'
import { servingOptionNames } from './option-names.js'
import { routerOf, type ServingOptions, settingsOf } from './serve-options.js'

/**
 * Serves services over HTTP inside your Koa app, after the app's earlier middleware.
 *
 * Requests for other paths go to the next middleware. Add body parsers after it, or only to their routes: a body that was already read
 * cannot be decoded.
 *
 * @example
 * app.use(koaMiddleware([Hello]))
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid
 * @see docs/guide/clients-and-injection.md
 */
export function koaMiddleware(services: readonly Served[], options: ServingOptions = {}): KoaMiddleware {
  checkOptionNames('koaMiddleware', options, servingOptionNames)
  const settings = settingsOf(options)
  return routerMiddleware(routerOf(services, options, settings), settings)
}
