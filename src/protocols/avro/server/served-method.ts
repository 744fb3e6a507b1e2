import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { EngineHandler } from '../../../core/active-call.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { ServedMethod as AnyServedMethod } from '../../pipelined/server/served-request.js'
import type { AvroProtocol } from '../protocol-schema.js'
import { MethodReads, type MethodWrites } from '../signature.js'
import type { ServedService, WrittenMethod } from './served-service.js'

/** A method as the clients with one protocol call it. */
export class ServedMethod implements AnyServedMethod<AvroReader> {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
  readonly writes: MethodWrites

  constructor(
    { route, writes }: WrittenMethod,
    private readonly reads: MethodReads,
    readonly isOneway: boolean,
  ) {
    this.schema = route.method
    this.handler = route.handler
    this.writes = writes
  }

  warmUp(): void {
    this.reads.prepare()
    this.writes.prepare()
  }

  readRequest(from: AvroReader): unknown {
    return this.reads.readRequest(from)
  }
}

/** The protocol of a client, and the service that it calls. */
export class ClientProtocol {
  private readonly methods = new Map<string, ServedMethod>()

  constructor(
    readonly service: ServedService,
    private readonly protocol: AvroProtocol,
  ) {}

  /** Undefined if the client's protocol or the service has no such message. */
  method(name: string): ServedMethod | undefined {
    return this.methods.get(name) ?? this.bind(name)
  }

  /** Characters of its JSON, which is the memory that it takes. */
  get textLength(): number {
    return this.protocol.text.length
  }

  private bind(name: string): ServedMethod | undefined {
    const written = this.service.methods.get(name)
    const message = this.protocol.messages.get(name)
    if (written === undefined || message === undefined) return undefined
    const reads = new MethodReads(written.route.method, message, this.service.limits)
    const writes = written.writes.for(message, this.protocol)
    const method = new ServedMethod({ route: written.route, writes }, reads, message.oneWay)
    this.methods.set(name, method)
    return method
  }
}
