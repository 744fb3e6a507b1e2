import { json } from '../../codecs/json/codec.js'
import { checkMethods, refusedBy } from '../../codecs/method-serializers.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { PREFACE } from '../../http2/frames.js'
import { checkRoutes } from '../check-routes.js'
import { LateBinding } from '../late-binding.js'
import { LateDialer } from '../late-dialer.js'
import type { Protocol } from '../protocol.js'
import { standardServices } from '../standard-services/offered.js'
import { defaultPort, optionNames, readOptions, secureDefaultPort } from './options.js'

/** gRPC over HTTP/2. Source: grpc/doc/PROTOCOL-HTTP2.md. */
export const grpc: Protocol = {
  name: 'grpc',
  secureName: 'grpcs',
  alpn: ['h2'],
  defaultPort,
  secureDefaultPort,
  defaultCodec: 'proto',
  options: optionNames,
  refuses: (method, codec = protobuf) => (codec === json ? undefined : refusedBy(codec, method)),
  detect: detectHttp2,
  standardServices,
  serve(router, settings) {
    checkRoutes(router, settings)
    const load = async () => new (await import('./server/binding.js')).GrpcServerBinding(router, settings)
    return new LateBinding(load, settings)
  },
  bind(services, settings) {
    const options = readOptions(settings)
    checkMethods(settings.codec, services, settings.limits)
    return new LateDialer(async () => new (await import('./client/dialer.js')).GrpcDialer(services, settings, options))
  },
}

const preface = Buffer.from(PREFACE, 'latin1')

/** Every HTTP/2 connection begins with the same 24 bytes (RFC 9113, section 3.4). */
function detectHttp2(head: Uint8Array): boolean | undefined {
  const known = Math.min(preface.length, head.byteLength)
  if (Buffer.compare(preface.subarray(0, known), head.subarray(0, known)) !== 0) return false
  return known === preface.length ? true : undefined
}
