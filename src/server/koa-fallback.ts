import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Router, ServerSettings } from '../protocols/protocol.js'
import { type KoaApp, routerMiddleware } from './koa.js'

/** What serves the requests that are not RPCs: the given Koa app, with the RPC routes after its middleware, or an answer of 404. */
export function koaFallback(
  router: Router,
  settings: ServerSettings,
  app: KoaApp | undefined,
): { readonly fallback: NonNullable<ServerSettings['fallback']>; readonly fallbackFirst: boolean } {
  if (app === undefined) return { fallback: notFound, fallbackFirst: false }
  app.use(routerMiddleware(router, settings))
  const callback = app.callback()
  return { fallback: (request, response) => callback(request, response), fallbackFirst: true }
}

function notFound({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
  const message = `nothing is served at ${method} ${url.replace(/\?.*/s, '')} over HTTP`
  const body = JSON.stringify({ code: 'unimplemented', message })
  response.statusCode = 404
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}
