import { RpcError } from '../../core/rpc-error.js'

/** The error of a call of which this attempt reached no handler, while another may have. */
export function asUnknown(error: RpcError): RpcError {
  if (error.delivery === 'unknown') return error
  const { message, code, details, headers, reason } = error
  const known = { details, ...(headers && { headers }), ...(reason !== undefined && { reason }) }
  return new RpcError(message, code, { ...known, delivery: 'unknown', cause: error })
}
