import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptionNames, type OptionNames } from '../core/option-names.js'
import { plainClock } from '../core/plain-clock.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { createHttpHandler } from '../protocols/http/server/handler.js'
import type { Served } from '../server/instances.js'
import { servingOptionNames } from '../server/option-names.js'
import { routerOf, type ServingOptions, settingsOf } from '../server/serve-options.js'
import { FetchRequest, FetchSocket } from './request.js'
import { FetchResponse } from './response.js'

/** Options of `fetchHandler`. */
export interface FetchOptions extends ServingOptions {
  /** The caller's address, for `call.peer`. Default: `unknown`, because a `Request` does not have it. */
  readonly remoteAddress?: (request: Request) => string
  /** The path in front of methods and routes: `/api`, if a call of `Find` is a request for `/api/shop.Shop/Find`. Default: none. */
  readonly prefix?: string
}

const fetchOptionNames: OptionNames<FetchOptions> = { ...servingOptionNames, remoteAddress: true, prefix: true }

/**
 * A Cloudflare worker ties a timer to the request that set it, and ends a request that waits for another's. So its calls cannot share the
 * timer of a wheel.
 */
const runtimeClock =
  (globalThis as { readonly navigator?: { readonly userAgent?: string } }).navigator?.userAgent === 'Cloudflare-Workers'
    ? plainClock
    : systemClock

/** Answers a request for a method; undefined for any other request, of which nothing was read. */
export type FetchRouter = (request: Request) => Promise<Response> | undefined

/**
 * @param where the function that was called, for the error
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid
 */
export function fetchRouter(services: readonly Served[], options: FetchOptions, where: string): FetchRouter {
  checkOptionNames(where, options, fetchOptionNames)
  const settings = settingsOf({ ...options, clock: options.clock ?? runtimeClock })
  const handle = createHttpHandler(routerOf(services, options, settings), settings)
  const { remoteAddress = () => 'unknown', prefix = '' } = options
  mustBePrefix(prefix)
  return request => {
    if (prefix !== '' && !new URL(request.url).pathname.startsWith(`${prefix}/`)) return undefined
    const response = new FetchResponse()
    const socket = new FetchSocket(remoteAddress(request), () => response.destroy())
    const incoming = new FetchRequest(request, { socket, prefix })
    const leave = () => {
      response.leave()
      incoming.destroy()
    }
    if (!handle(incoming as unknown as IncomingMessage, response as unknown as ServerResponse)) return undefined
    request.signal.addEventListener('abort', leave)
    // Deno may report a caller who leaves within the body only to the reader of the body.
    incoming.once('error', leave)
    response.once('close', () => {
      request.signal.removeEventListener('abort', leave)
      socket.destroy()
    })
    return response.response
  }
}

/**
 * Serves services wherever a function from `Request` to `Response` is served: Bun, Deno, Cloudflare workers with `nodejs_compat`, Next.js
 * routes, Hono.
 *
 * It speaks Connect, gRPC-Web and REST, with every policy and limit that `serve` has for them. Streams of requests work where the runtime
 * streams bodies. Requests for other paths get 404.
 *
 * @example
 * export default { fetch: fetchHandler([Hello]) }
 *
 * @example
 * // Next.js: app/api/[...path]/route.ts
 * const handler = fetchHandler([Hello], { prefix: '/api' })
 * export { handler as GET, handler as POST }
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid
 * @see docs/guide/web.md#fetch-handlers
 */
export function fetchHandler(
  services: readonly Served[],
  options: FetchOptions = {},
): (request: Request) => Promise<Response> {
  const route = fetchRouter(services, options, 'fetchHandler')
  return async request => (await route(request)) ?? notFound(request)
}

function mustBePrefix(prefix: unknown): void {
  if (prefix === '' || (typeof prefix === 'string' && /^(\/[^/?#]+)+$/.test(prefix) && isPathOfUrl(prefix))) return
  const message = `prefix must be a path such as "/api", written as in a URL and without a slash at its end, got ${JSON.stringify(prefix)}`
  throw misuse('invalid_prefix', message)
}

/** Not so for spaces, letters beyond ASCII, dot segments and backslashes, which a URL writes in another way: nothing would match. */
function isPathOfUrl(path: string): boolean {
  return new URL(path, 'http://localhost').pathname === path
}

function notFound({ method, url }: Request): Response {
  const message = `nothing is served at ${method} ${new URL(url).pathname}`
  return Response.json({ code: 'unimplemented', message }, { status: 404 })
}
