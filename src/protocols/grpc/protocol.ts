import { compileMethod } from '../../codecs/method-serializers.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { Code } from '../../core/code.js'
import { defaultLimits } from '../../core/limits.js'
import { RpcError } from '../../core/rpc-error.js'
import { serviceOf } from '../../decorators/read-service.js'
import { PREFACE } from '../../http2/frames.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import type { Class } from '../../schema/type.js'
import type { Protocol, Router, StandardServices, StandardServicesAsked } from '../protocol.js'
import { GrpcDialer } from './client/dialer.js'
import { defaultPort, secureDefaultPort } from './client/link.js'
import { GrpcServerBinding } from './server/binding.js'
import { Health } from './services/health.js'
import { Reflection, ReflectionV1Alpha } from './services/reflection.js'

/** gRPC over HTTP/2. Source: grpc/doc/PROTOCOL-HTTP2.md. */
export const grpc: Protocol = {
  name: 'grpc',
  secureName: 'grpcs',
  alpn: ['h2'],
  defaultPort,
  secureDefaultPort,
  defaultCodec: 'proto',
  options: ['compression'],
  refuses: (method, codec = protobuf) => (codec === protobuf ? refusedBy(method) : undefined),
  detect: detectHttp2,
  standardServices,
  serve: (router, settings) => new GrpcServerBinding(router, settings),
  bind: (services, settings) => new GrpcDialer(services, settings),
}

/** What has no field numbers, or other types than protobuf's, is no gRPC service to anybody else. */
function refusedBy(method: MethodSchema): string | undefined {
  try {
    compileMethod(protobuf, method, defaultLimits)
    return undefined
  } catch (error) {
    if (error instanceof RpcError && error.code === Code.failed_precondition) return error.message
    throw error
  }
}

const preface = Buffer.from(PREFACE, 'latin1')

/** Every HTTP/2 connection begins with the same 24 bytes (RFC 9113, section 3.4). */
function detectHttp2(head: Uint8Array): boolean | undefined {
  const known = Math.min(preface.length, head.byteLength)
  if (Buffer.compare(preface.subarray(0, known), head.subarray(0, known)) !== 0) return false
  return known === preface.length ? true : undefined
}

function standardServices(router: Router, asked: StandardServicesAsked): StandardServices {
  const services = () => [...router.services.filter(isCarried), ...standard]
  const health = asked.health ? [new Health(router)] : []
  const reflection = asked.reflection ? [new Reflection(services), new ReflectionV1Alpha(services)] : []
  const standard = [...health, ...reflection].map(one => serviceOf(one.constructor as Class))
  return { health, reflection }
}

function isCarried(service: ServiceSchema): boolean {
  return service.methods.every(method => refusedBy(method) === undefined)
}
