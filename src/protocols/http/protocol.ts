import { json } from '../../codecs/json/codec.js'
import { refusedBy } from '../../codecs/method-serializers.js'
import { detectHttp2 } from '../http2/preface.js'
import type { Protocol } from '../protocol.js'
import { standardServices } from '../standard-services/offered.js'
import { HttpDialer } from './client/dialer.js'
import { HttpServerBinding } from './server/binding.js'
import { shareOf } from './server/http2-requests.js'

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
  options: ['compression', 'get', 'path', 'version'],
  aliases: { http2: { version: '2' }, ws: { version: 'websocket' }, wss: { version: 'websocket' } },
  secureAliases: ['wss'],
  // JSON carries every type, and declared errors travel beside the codec.
  refuses: (method, codec = json) => (codec === json ? undefined : refusedBy(codec, { ...method, throws: [] })),
  detect: detectHttp1,
  standardServices,
  serve: (router, settings) => new HttpServerBinding(router, settings),
  overHttp: shareOf,
  withHttp2: isOnly => ({
    ...http,
    alpn: ['h2', 'http/1.1'],
    needsHead: true,
    // What is not HTTP gets an answer if it can be for nobody else.
    detect: head => (detectHttp2(head) === false ? isOnly || detectHttp1(head) : detectHttp2(head)),
  }),
  bind: (services, settings) => new HttpDialer(services, settings),
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
