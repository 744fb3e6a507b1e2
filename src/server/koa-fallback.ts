import { provideRequire } from '../protocols/bundled-require.js'
import type { Router, ServerSettings } from '../protocols/protocol.js'
import { type KoaApp, routerMiddleware } from './koa.js'

/**
 * The app for everything that is no RPC: one's own, with the RPC routes behind its middleware; or else one that only says what is missing.
 * Without an app of one's own RPC paths never meet Koa, since its context costs a fifth of a bare request.
 */
export async function koaFallback(
  router: Router,
  settings: ServerSettings,
  app: KoaApp | undefined,
): Promise<Pick<ServerSettings, 'fallback' | 'fallbackFirst'>> {
  const koa = app ?? (await emptyApp())
  if (app !== undefined) app.use(routerMiddleware(router, settings))
  const callback = koa.callback()
  return { fallback: (request, response) => callback(request, response), fallbackFirst: app !== undefined }
}

/** Koa is loaded only by servers: a client never pays for it. */
async function emptyApp(): Promise<KoaApp> {
  provideRequire()
  const { default: Koa } = await import('koa')
  const app = new Koa()
  app.use(context => {
    context.status = 404
    context.body = { code: 'unimplemented', message: `nothing is served at ${context.method} ${context.path}` }
  })
  return app as unknown as KoaApp
}
