import { Code } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'

/** What every protocol says of an endpoint that it cannot reach: `unavailable` (`connect_failed`), and no call has left this process. */
export function connectFailed(address: string, why: string, cause?: unknown): RpcError {
  return new RpcError(`cannot connect to ${address}: ${why}`, Code.unavailable, {
    reason: 'connect_failed',
    delivery: 'unsent',
    cause,
  })
}
