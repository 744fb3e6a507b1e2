import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema } from '../../schema/service.js'
import { checkSignature } from './signature.js'

/** Why Thrift cannot carry the method, as a clause; undefined if it can. */
export function refusalOf(method: MethodSchema): string | undefined {
  if (method.kind !== 'unary') return 'Thrift has no streams'
  try {
    checkSignature(method)
    return undefined
  } catch (error) {
    if (error instanceof RpcError && error.code === Code.failed_precondition) return error.message
    throw error
  }
}
