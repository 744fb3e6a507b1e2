import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHttpHandler } from '../protocols/http/server/handler.js'
import type { Router, ServerSettings } from '../protocols/protocol.js'

/** What of Koa's context the middleware needs. */
interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  respond?: boolean
}

/** Fits `app.use`. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

/** What of a Koa app a server needs. */
export interface KoaApp {
  use(middleware: KoaMiddleware): unknown
  callback(): (request: IncomingMessage, response: ServerResponse) => unknown
}

/** The HTTP protocol over a router, as a middleware: requests for other paths go on to the next. */
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
