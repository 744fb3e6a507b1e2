import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'

/** @throws RpcError `resource_exhausted` */
export function checkLength(length: number, limit: number): void {
  if (length > limit) throw messageTooLarge(length, limit)
}

export function messageTooLarge(length: number, limit: number): RpcError {
  return new RpcError(
    `a message of ${length} bytes or more is over the limit of ${limit} (limits.messageBytes)`,
    Code.resource_exhausted,
    { reason: 'message_too_large' },
  )
}
