import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

/** The largest value of `connect-timeout-ms`: ten digits, 115 days. */
const longest = 9_999_999_999

/**
 * The milliseconds in `connect-timeout-ms`.
 * Source: Connect protocol, "Timeout": one to ten ASCII digits.
 * @throws RpcError `invalid_argument` (`invalid_timeout`) for anything else
 */
export function parseTimeout(value: string): number {
  if (/^\d{1,10}$/.test(value)) return Number(value)
  throw failure(
    'invalid_timeout',
    Code.invalid_argument,
    `connect-timeout-ms must be one to ten digits, got ${JSON.stringify(value.slice(0, 32))}`,
  )
}

/** The value of `connect-timeout-ms`, rounded up so that the server never gives up before the caller. */
export function formatTimeout(milliseconds: number): string {
  return String(Math.max(0, Math.min(Math.ceil(milliseconds), longest)))
}
