import { AvroShapes, checkName } from '../../codecs/avro/shape.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema } from '../../schema/service.js'
import { messageOf } from './protocol-schema.js'

/** Why Avro cannot carry a method: it streams, or one of its names is not valid in Avro. */
export function refusal(method: MethodSchema): string | undefined {
  return refusalIn(method, new AvroShapes())
}

/** As `refusal`, for all methods of a contract: a type that several of them use is looked at once. */
export function refusals(): (method: MethodSchema) => string | undefined {
  let shapes = new AvroShapes()
  return method => {
    if (refusalIn(method, shapes) === undefined) return undefined
    // Types that are not whole are within these shapes, or one whose name another method's type has.
    shapes = new AvroShapes()
    const why = refusalIn(method, shapes)
    if (why !== undefined) shapes = new AvroShapes()
    return why
  }
}

function refusalIn(method: MethodSchema, shapes: AvroShapes): string | undefined {
  if (method.kind !== 'unary') return 'Avro RPC has no streams'
  try {
    for (const part of method.serviceName.split('.')) checkName(part, method.serviceName)
    messageOf(method, shapes)
    return undefined
  } catch (error) {
    if (error instanceof RpcError) return error.message
    throw error
  }
}
