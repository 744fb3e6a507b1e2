import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptionNames } from '../core/option-names.js'
import { createHttpHandler } from '../protocols/http/server/handler.js'
import type { Served } from './instances.js'
import { servingOptionNames } from './option-names.js'
import { routerOf, type ServingOptions, settingsOf } from './serve-options.js'

/** The part of a Fastify app that the plugin uses. */
interface FastifyApp {
  /** Adds a hook that runs before the body is parsed. */
  addHook(name: 'onRequest', hook: OnRequest): unknown
}

type OnRequest = (
  request: {
    /** Node's request. */
    readonly raw: IncomingMessage
  },
  reply: {
    /** Node's response. */
    readonly raw: ServerResponse
    /** Fastify does not write the response. */
    hijack(): unknown
  },
  done: () => void,
) => void

/** A Fastify plugin, for `app.register`. */
export type FastifyPlugin = (app: FastifyApp, options: unknown, done: () => void) => void

/**
 * Serves services over HTTP inside your Fastify app; requests for other paths go to its routes.
 *
 * It runs before Fastify parses bodies, and for all routes of the app that registers it. Hooks that were added before it run for calls too.
 *
 * @example
 * await app.register(fastifyPlugin([Hello]))
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid
 * @see docs/guide/web.md#inside-another-framework
 */
export function fastifyPlugin(services: readonly Served[], options: ServingOptions = {}): FastifyPlugin {
  checkOptionNames('fastifyPlugin', options, servingOptionNames)
  const settings = settingsOf(options)
  const handle = createHttpHandler(routerOf(services, options, settings), settings)
  const plugin: FastifyPlugin = (app, _, registered) => {
    app.addHook('onRequest', (request, reply, done) => {
      if (handle(request.raw, reply.raw)) reply.hijack()
      else done()
    })
    registered()
  }
  // Without this a hook holds only for routes that the plugin itself adds.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
