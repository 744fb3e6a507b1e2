import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptionNames } from '../core/option-names.js'
import type { Served } from './instances.js'
import { lateHttpHandler } from './late-http-handler.js'
import { servingOptionNames } from './option-names.js'
import { routerOf, type ServingOptions, settingsOf } from './serve-options.js'

/** An Express middleware, for `app.use`. */
export type ExpressMiddleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/**
 * Serves services over HTTP inside your Express app; requests for other paths go to the next middleware.
 *
 * Add body parsers after it: a body that was already read cannot be decoded.
 *
 * @example
 * app.use(expressMiddleware([Hello]))
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid
 * @see docs/guide/web.md#inside-another-framework
 */
export function expressMiddleware(services: readonly Served[], options: ServingOptions = {}): ExpressMiddleware {
  checkOptionNames('expressMiddleware', options, servingOptionNames)
  const settings = settingsOf(options)
  const handle = lateHttpHandler(routerOf(services, options, settings), settings)
  return (request, response, next) => {
    handle(request, response, isServed => {
      if (!isServed) next()
    })
  }
}
