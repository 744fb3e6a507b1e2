import type { IncomingMessage, ServerResponse } from 'node:http'
import { servedRoutes } from '../protocols/http/server/served-routes.js'
import type { HttpShare, Router, ServerSettings } from '../protocols/protocol.js'

/**
 * Serves a request if it is an RPC, and then says whether it is one. If it is not, nothing was read from it or written to it.
 */
export type LateHttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  decided: (isServed: boolean) => void,
) => void

/**
 * The HTTP protocol for the middleware of a framework. Methods and routes are checked at once. What serves them is loaded meanwhile:
 * requests that come earlier wait for it.
 * @throws RpcError `failed_precondition` if none of the codecs can carry a method, or routes contradict each other
 */
export function lateHttpHandler(router: Router, settings: ServerSettings): LateHttpHandler {
  const served = servedRoutes(router, settings)
  let handle: HttpShare | undefined
  const loading = import('../protocols/http/server/server.js').then(({ createHttpHandler }) => {
    handle = createHttpHandler(router, settings, served)
    return handle
  })
  loading.catch(settings.report)
  return (request, response, decided) => {
    if (handle !== undefined) decided(handle(request, response))
    else
      loading.then(
        loaded => {
          // A client that has left needs no answer.
          if (!response.destroyed) decided(loaded(request, response))
        },
        () => response.destroy(),
      )
  }
}
