import { json } from '../../codecs/json/codec.js'
import { checkMethods, refusedBy } from '../../codecs/method-serializers.js'
import { checkRoutes } from '../check-routes.js'
import { LateBinding } from '../late-binding.js'
import { LateDialer } from '../late-dialer.js'
import type { Protocol, Router } from '../protocol.js'
import { standardServices } from '../standard-services/offered.js'
import { optionNames, readOptions } from './options.js'

/**
 * The Connect protocol over HTTP/1.1, or over HTTP/2 or WebSocket if the client chooses it. Source: https://connectrpc.com/docs/protocol.
 */
export const http: Protocol = {
  name: 'http',
  secureName: 'https',
  alpn: ['http/1.1'],
  defaultPort: 80,
  secureDefaultPort: 443,
  defaultCodec: 'json',
  options: optionNames,
  aliases: { http2: { version: '2' }, ws: { version: 'websocket' }, wss: { version: 'websocket' } },
  secureAliases: ['wss'],
  // JSON carries every type, and declared errors travel beside the codec.
  refuses: (method, codec = json) => (codec === json ? undefined : refusedBy(codec, { ...method, throws: [] })),
  detect: detectHttp1,
  standardServices,
  async serve(router, settings) {
    const load = async () => (await import('./server/server.js')).server.serve(router, settings)
    // Only their own code finds routes of REST that contradict each other.
    if (hasRoutes(router)) return load()
    checkRoutes(router, settings, true)
    return new LateBinding(load, settings)
  },
  overHttp: async (router, settings) => (await import('./server/server.js')).server.overHttp(router, settings),
  bind(services, settings) {
    const options = readOptions(settings)
    checkMethods(settings.codec, services, settings.limits)
    return new LateDialer(async () => new (await import('./client/dialer.js')).HttpDialer(services, settings, options))
  },
}

function hasRoutes({ services }: Router): boolean {
  return services.some(({ methods }) => methods.some(({ routes }) => routes.length > 0))
}

const requestLines = ['GET ', 'POST ', 'PUT ', 'HEAD ', 'PATCH ', 'DELETE ', 'OPTIONS ', 'TRACE ', 'CONNECT '].map(
  method => Buffer.from(method),
)

/** Detects HTTP/1 by its methods. HTTP/2's preface, `PRI * HTTP/2.0`, begins with none of them. */
function detectHttp1(head: Uint8Array): boolean | undefined {
  let possible = false
  for (const line of requestLines) {
    const known = Math.min(line.byteLength, head.byteLength)
    if (Buffer.compare(line.subarray(0, known), head.subarray(0, known)) !== 0) continue
    if (known === line.byteLength) return true
    possible = true
  }
  return possible ? undefined : false
}
