import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHttpHandler } from '../protocols/http/server/handler.js'
import type { Router, ServerSettings } from '../protocols/protocol.js'

/** The part of Koa's context that the middleware uses. */
interface KoaContext {
  /** Node's request. */
  readonly req: IncomingMessage
  /** Node's response. */
  readonly res: ServerResponse
  /** `false`: Koa does not write the response. Default: it does. */
  respond?: boolean
}

/** A Koa middleware, for `app.use`. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

/** A Koa app, as far as a server uses it. */
export interface KoaApp {
  /** Adds a middleware. */
  use(middleware: KoaMiddleware): unknown
  /** Returns the listener of Node's `request` event. */
  callback(): (request: IncomingMessage, response: ServerResponse) => unknown
}

/** Serves the router's RPC paths over HTTP; requests for other paths go to the next middleware. */
export function routerMiddleware(router: Router, settings: ServerSettings): KoaMiddleware {
  const handle = createHttpHandler(router, settings)
  return (context, next) => {
    const { req, res } = context
    if (!handle(req, res)) return next()
    // The reply is written past Koa. Earlier middleware continues when it is complete.
    context.respond = false
    return new Promise<void>(resolve => res.once('close', resolve))
  }
}
