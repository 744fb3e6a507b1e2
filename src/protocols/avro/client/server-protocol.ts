import type { MethodInfo } from '../../../core/call.js'
import type { MethodSchema } from '../../../schema/service.js'
import { unknownMethod } from '../../failures.js'
import type { AvroProtocol } from '../protocol-schema.js'
import { MethodReads } from '../signature.js'
import type { BoundService } from './bound-method.js'

/** One protocol of a server, bound to the service that calls it: how its replies are read. */
export class ServerProtocol {
  private readonly reads = new Map<MethodInfo, MethodReads>()

  constructor(
    readonly service: BoundService,
    readonly protocol: AvroProtocol,
  ) {}

  /** @throws RpcError `unimplemented` where the server has no such message */
  readsOf(method: MethodInfo): MethodReads {
    return this.reads.get(method) ?? this.bind(method as MethodSchema)
  }

  private bind(method: MethodSchema): MethodReads {
    const message = this.protocol.messages.get(method.name)
    if (message === undefined) throw unknownMethod(method.path)
    const reads = new MethodReads(method, message, this.service.options)
    this.reads.set(method, reads)
    return reads
  }
}
