import { AvroShapes, checkName } from '../../codecs/avro/shape.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import { messageOf } from './protocol-schema.js'

/**
 * Checks what `protocolOf` would throw for, without the protocol.
 * @throws RpcError `failed_precondition` if two names of what Avro can carry of the service clash
 */
export function checkNames({ methods }: ServiceSchema): void {
  const unary = methods.filter(({ kind }) => kind === 'unary')
  try {
    checkTogether(unary)
  } catch {
    // A method that Avro cannot carry is not served. The names of the others may still clash.
    checkTogether(unary.filter(method => refusal(method) === undefined))
  }
}

function checkTogether(methods: readonly MethodSchema[]): void {
  const shapes = new AvroShapes()
  for (const method of methods) messageOf(method, shapes)
}

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
