import type { Limits } from '../../../core/limits.js'
import type { ServiceSchema } from '../../../schema/service.js'
import type { Route, Router } from '../../protocol.js'
import { type AvroProtocol, protocolOf } from '../protocol-schema.js'
import { MethodReads, MethodWrites } from '../signature.js'
import { refusal } from '../unsupported.js'

/** A service as Avro serves it: its protocol, and how its replies are written. Compiled once per server. */
export interface ServedService {
  readonly protocol: AvroProtocol
  readonly methods: ReadonlyMap<string, ServedMethod>
  readonly limits: Limits
}

export interface ServedMethod {
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
  const served = methods.map((method): [string, ServedMethod] => [
    method.name,
    { route: router.routes.get(method.path) as Route, writes: new MethodWrites(method, limits.depth) },
  ])
  return { protocol: protocolOf(service, methods), methods: new Map(served), limits }
}

/** What a message of a client's protocol means here. */
export interface BoundMessage extends ServedMethod {
  readonly reads: MethodReads
  readonly oneWay: boolean
}

/** A client's protocol, bound to the service that it calls. */
export class ClientProtocol {
  private readonly bound = new Map<string, BoundMessage>()

  constructor(
    readonly service: ServedService,
    private readonly protocol: AvroProtocol,
  ) {}

  /** Undefined where the client's protocol or the service has no such message. */
  message(name: string): BoundMessage | undefined {
    return this.bound.get(name) ?? this.bind(name)
  }

  /** Of its JSON: what it costs to keep. */
  get textLength(): number {
    return this.protocol.text.length
  }

  private bind(name: string): BoundMessage | undefined {
    const served = this.service.methods.get(name)
    const message = this.protocol.messages.get(name)
    if (served === undefined || message === undefined) return undefined
    const reads = new MethodReads(served.route.method, message, this.service.limits)
    const bound = { ...served, reads, oneWay: message.oneWay }
    this.bound.set(name, bound)
    return bound
  }
}
