import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptionNames } from '../core/option-names.js'
import { createHttpHandler } from '../protocols/http/server/handler.js'
import type { Served } from './instances.js'
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
  const handle = createHttpHandler(routerOf(services, options, settings), settings)
  return (request, response, next) => {
    if (!handle(request, response)) next()
  }
}
