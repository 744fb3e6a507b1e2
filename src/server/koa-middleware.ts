import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHttpHandler } from '../protocols/http/handler.js'
import type { Router, ServerSettings } from '../protocols/protocol.js'
import type { Served } from './instances.js'
import { routerOf, type ServingOptions, settingsOf } from './serve-options.js'

/** What of Koa's context the middleware needs. */
interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  respond?: boolean
}

/** Fits `app.use`. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

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

/** The same over a router there is. */
export function routerMiddleware(router: Router, settings: ServerSettings): KoaMiddleware {
  const handle = createHttpHandler(router, settings)
  return (context, next) => {
    const { req, res } = context
    if (!handle(req, res)) return next()
    // The reply is written past Koa; middleware before this one goes on when it is complete.
    context.respond = false
    return new Promise<void>(resolve => res.once('close', resolve))
  }
}
