import type { ProtocolServer } from '../../protocol.js'
import { HttpServerBinding } from './binding.js'
import { shareOf } from './http2-requests.js'

export { createHttpHandler } from './handler.js'

/** What only a server needs of HTTP. */
export const server = {
  serve: (router, settings) => new HttpServerBinding(router, settings),
  // An app that serves RPCs after its own middleware must get every request.
  overHttp: (router, settings) => (settings.fallbackFirst ? () => false : shareOf(router, settings)),
} satisfies ProtocolServer
