import { AvroShapes, checkName } from '../../codecs/avro/shape.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema } from '../../schema/service.js'
import { messageOf } from './protocol-schema.js'

/** Why Avro cannot carry a method: it streams, or one of its names is not valid in Avro. */
export function refusal(method: MethodSchema): string | undefined {
  if (method.kind !== 'unary') return 'Avro RPC has no streams'
  try {
    for (const part of method.serviceName.split('.')) checkName(part, method.serviceName)
    messageOf(method, new AvroShapes())
    return undefined
  } catch (error) {
    if (error instanceof RpcError) return error.message
    throw error
  }
}
