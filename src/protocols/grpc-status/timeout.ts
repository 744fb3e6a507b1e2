import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

/** Milliseconds per unit. */
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }
const mostDigits = 99_999_999

/**
 * Milliseconds of `grpc-timeout`.
 * Source: gRPC over HTTP/2, "Timeout": one to eight digits and a unit.
 * @throws RpcError `internal` (`invalid_timeout`) for anything else
 */
export function parseTimeout(value: string): number {
  const unit = units[value.at(-1) ?? '']
  const digits = value.slice(0, -1)
  if (unit !== undefined && /^\d{1,8}$/.test(digits)) return Number(digits) * unit
  throw failure(
    'invalid_timeout',
    Code.internal,
    `grpc-timeout must be one to eight digits and one of H, M, S, m, u, n, got ${JSON.stringify(value.slice(0, 32))}`,
  )
}

/** The value of `grpc-timeout`, rounded up so that the server never gives up before the caller. */
export function formatTimeout(milliseconds: number): string {
  const whole = Math.max(0, Math.ceil(milliseconds))
  if (whole <= mostDigits) return `${whole}m`
  const seconds = Math.ceil(whole / 1000)
  return seconds <= mostDigits ? `${seconds}S` : `${Math.min(mostDigits, Math.ceil(seconds / 3600))}H`
}
