import { json } from '../../codecs/json/codec.js'
import { refusedBy } from '../../codecs/method-serializers.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { detectHttp2 } from '../http2/preface.js'
import type { Protocol } from '../protocol.js'
import { standardServices } from '../standard-services/offered.js'
import { GrpcDialer } from './client/dialer.js'
import { defaultPort, secureDefaultPort } from './client/link.js'
import { GrpcServerBinding } from './server/binding.js'

/** gRPC over HTTP/2. Source: grpc/doc/PROTOCOL-HTTP2.md. */
export const grpc: Protocol = {
  name: 'grpc',
  secureName: 'grpcs',
  alpn: ['h2'],
  defaultPort,
  secureDefaultPort,
  defaultCodec: 'proto',
  options: ['compression'],
  refuses: (method, codec = protobuf) => (codec === json ? undefined : refusedBy(codec, method)),
  detect: detectHttp2,
  standardServices,
  serve: (router, settings) => new GrpcServerBinding(router, settings),
  bind: (services, settings) => new GrpcDialer(services, settings),
}
