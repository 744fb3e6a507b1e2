import { Code } from '../../core/code.js'

/**
 * The HTTP status of a code. It is not the inverse of `codeOfHttpStatus`: several codes share a status.
 * Source: Connect protocol, "Error Codes".
 */
export function statusOf(code: Code): number {
  return statuses[code] ?? 500
}

const statuses: Readonly<Partial<Record<Code, number>>> = {
  [Code.canceled]: 499,
  [Code.unknown]: 500,
  [Code.invalid_argument]: 400,
  [Code.deadline_exceeded]: 504,
  [Code.not_found]: 404,
  [Code.already_exists]: 409,
  [Code.permission_denied]: 403,
  [Code.resource_exhausted]: 429,
  [Code.failed_precondition]: 400,
  [Code.aborted]: 409,
  [Code.out_of_range]: 400,
  [Code.unimplemented]: 501,
  [Code.internal]: 500,
  [Code.unavailable]: 503,
  [Code.data_loss]: 500,
  [Code.unauthenticated]: 401,
}
