import type { MethodInfo } from '../../../core/call.js'
import type { MethodSchema } from '../../../schema/service.js'
import { unknownMethod } from '../../failures.js'
import type { AvroProtocol } from '../protocol-schema.js'
import { MethodReads } from '../signature.js'
import type { BoundMethod, BoundService } from './bound-method.js'

/** A method as one server has it. */
export interface ServerMethod {
  readonly request: BoundMethod
  readonly reads: MethodReads
}

/** A server's protocol, and the service that is called over it. */
export class ServerProtocol {
  private readonly methods = new Map<MethodInfo, ServerMethod>()

  constructor(
    readonly service: BoundService,
    readonly protocol: AvroProtocol,
  ) {}

  /** @throws RpcError `unimplemented` if the server has no such message */
  method(method: MethodInfo): ServerMethod {
    return this.methods.get(method) ?? this.bind(method as MethodSchema)
  }

  private bind(method: MethodSchema): ServerMethod {
    const { protocol, service } = this
    const message = protocol.messages.get(method.name)
    if (message === undefined) throw unknownMethod(method.path)
    const bound = {
      request: (service.methods.get(method) as BoundMethod).for(message, protocol),
      reads: new MethodReads(method, message, service.options),
    }
    this.methods.set(method, bound)
    return bound
  }
}
