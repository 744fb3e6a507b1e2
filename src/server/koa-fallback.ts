import { provideRequire } from '../protocols/bundled-require.js'
import type { Router, ServerSettings } from '../protocols/protocol.js'
import { type KoaApp, routerMiddleware } from './koa.js'

/**
 * The Koa app for requests that are not RPCs: the given app, with the RPC routes after its middleware, or one that answers 404. Without a
 * given app, RPCs bypass Koa, whose context costs a fifth of a bare request.
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

/** Only servers load Koa. */
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
