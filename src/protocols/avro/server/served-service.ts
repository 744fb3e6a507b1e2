import type { Limits } from '../../../core/limits.js'
import type { ServiceSchema } from '../../../schema/service.js'
import type { Route, Router } from '../../protocol.js'
import { type AvroProtocol, protocolOf } from '../protocol-schema.js'
import { MethodWrites } from '../signature.js'
import { refusal } from '../unsupported.js'

/** A service as Avro serves it: its protocol, and how its replies are written. Compiled once per server. */
export interface ServedService {
  readonly protocol: AvroProtocol
  readonly methods: ReadonlyMap<string, WrittenMethod>
  readonly limits: Limits
}

/** A method and how its replies are written. How its requests are read depends on the client's protocol. */
export interface WrittenMethod {
  readonly route: Route
  readonly writes: MethodWrites
}

/** The services of a router, without methods that Avro cannot carry. @throws RpcError `failed_precondition` for names that clash */
export function servedServices(router: Router, limits: Limits): ServedService[] {
  const served = router.services.map(service => servedService(service, router, limits))
  return served.filter(service => service.methods.size > 0)
}

function servedService(service: ServiceSchema, router: Router, limits: Limits): ServedService {
  const methods = service.methods.filter(method => refusal(method) === undefined)
  const served = methods.map((method): [string, WrittenMethod] => [
    method.name,
    { route: router.routes.get(method.path) as Route, writes: new MethodWrites(method, limits.depth) },
  ])
  return { protocol: protocolOf(service, methods), methods: new Map(served), limits }
}
