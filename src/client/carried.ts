import type { Codec } from '../codecs/codec.js'
import { misuse } from '../core/rpc-error.js'
import type { Protocol } from '../protocols/protocol.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'

/** The methods that a channel cannot carry, each with the message of the error of its calls. */
export type NotCarried = ReadonlyMap<MethodSchema, string>

/** @throws RpcError `failed_precondition` (`not_carried`) if no method of a service can be carried, or with `strict` if one cannot */
export function notCarried(
  services: readonly ServiceSchema[],
  wire: { readonly protocol: Protocol; readonly codec: Codec },
  strict: boolean,
): NotCarried {
  const messages = new Map<MethodSchema, string>()
  for (const { class: type, methods } of services) {
    for (const method of methods) {
      const why = wire.protocol.refuses(method, wire.codec)
      if (why !== undefined) messages.set(method, message(`${type.name}.${method.key}`, wire.protocol.name, why))
    }
    const first = methods.find(method => messages.has(method))
    if (first !== undefined && (strict || methods.every(method => messages.has(method))))
      throw misuse('not_carried', messages.get(first) as string)
  }
  return messages
}

function message(where: string, protocol: string, why: string): string {
  return `${where}: ${protocol} cannot carry it: ${why}; connect over another protocol, or put the method into a service of its own`
}

/** The service as its protocol binds it. */
export function carriedPart(service: ServiceSchema, refused: NotCarried): ServiceSchema {
  if (!service.methods.some(method => refused.has(method))) return service
  return { ...service, methods: service.methods.filter(method => !refused.has(method)) }
}
