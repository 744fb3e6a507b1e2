import type { Served } from './instances.js'
import { type KoaMiddleware, routerMiddleware } from './koa.js'
import { routerOf, type ServingOptions, settingsOf } from './serve-options.js'

/**
 * The HTTP protocol inside a Koa app that one has, behind that app's own middleware.
 *
 *     app.use(koaMiddleware([Hello]))
 *
 * Requests for other paths go on to the next middleware. A middleware before it that has read the body already leaves nothing to decode:
 * put body parsers behind it, or on their own routes.
 */
export function koaMiddleware(services: readonly Served[], options: ServingOptions = {}): KoaMiddleware {
  const settings = settingsOf(options)
  return routerMiddleware(routerOf(services, options, settings), settings)
}
