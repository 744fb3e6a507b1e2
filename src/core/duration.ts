import { misuse } from './rpc-error.js'

/** A length of time: milliseconds as a number, or text such as `'250ms'`, `'1.5s'`, `'2m'`, `'1h'`. `Infinity` means no bound. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/**
 * Milliseconds of a duration; `Infinity` is allowed.
 * @param where the option, for the error
 * @throws RpcError `failed_precondition` (`invalid_duration`) if it is negative or does not have that form
 */
export function toMilliseconds(duration: Duration, where: string): number {
  if (typeof duration === 'number' && duration >= 0) return duration
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(duration))
  if (match) return Number(match[1]) * milliseconds[match[2] as keyof typeof milliseconds]
  throw misuse(
    'invalid_duration',
    `${where} must be milliseconds, or a text such as '250ms', '1.5s', '2m' or '1h', ` +
      `got ${typeof duration === 'number' ? duration : JSON.stringify(duration)}`,
  )
}
