import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

/**
 * Checks the protocol version. A missing one is accepted, so that curl needs no header.
 * @throws RpcError `invalid_argument` (`unknown_protocol_version`)
 */
export function checkVersion(version: string | null | undefined, ours: '1' | 'v1'): void {
  if (version === undefined || version === null || version === ours) return
  throw failure(
    'unknown_protocol_version',
    Code.invalid_argument,
    `Connect protocol version ${JSON.stringify(version.slice(0, 16))} is not known; send ${ours}, or leave it out`,
  )
}
