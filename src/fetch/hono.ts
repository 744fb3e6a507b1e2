import type { Served } from '../server/instances.js'
import { type FetchOptions, fetchRouter } from './handler.js'

/** A Hono middleware, for `app.use`. */
export type HonoMiddleware = (
  context: {
    /** Hono's request. */
    readonly req: {
      /** The request as the runtime gave it. */
      readonly raw: Request
    }
  },
  next: () => Promise<void>,
) => Promise<Response | undefined>

/**
 * Serves services in a Hono app; requests for other paths go to the next middleware.
 *
 * @example
 * app.use(honoMiddleware([Hello]))
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid
 * @see docs/guide/web.md#fetch-handlers
 */
export function honoMiddleware(services: readonly Served[], options: FetchOptions = {}): HonoMiddleware {
  const route = fetchRouter(services, options, 'honoMiddleware')
  return async ({ req }, next) => {
    const response = route(req.raw)
    if (response !== undefined) return response
    await next()
    return undefined
  }
}
