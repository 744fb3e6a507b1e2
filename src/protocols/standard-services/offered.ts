import { refusedBy } from '../../codecs/method-serializers.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { serviceOf } from '../../decorators/read-service.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import type { Class } from '../../schema/type.js'
import type { Router, StandardServices, StandardServicesAsked } from '../protocol.js'
import { Health } from './health.js'
import { Reflection, ReflectionV1Alpha } from './reflection.js'

/** The services of this server that protobuf can carry are listed and described, and these services themselves. */
export function standardServices(router: Router, asked: StandardServicesAsked): StandardServices {
  const services = () => [...router.services.filter(isCarried), ...standard]
  const health = asked.health ? [new Health(router, asked.ready)] : []
  const reflection = asked.reflection ? [new Reflection(services), new ReflectionV1Alpha(services)] : []
  const standard = [...health, ...reflection].map(one => serviceOf(one.constructor as Class))
  return { health, reflection }
}

function isCarried(service: ServiceSchema): boolean {
  return service.methods.every(method => refusedByProtobuf(method) === undefined)
}

/** What has no field numbers, or other types than protobuf's, is no gRPC service to anybody else. */
export function refusedByProtobuf(method: MethodSchema): string | undefined {
  return refusedBy(protobuf, method)
}
