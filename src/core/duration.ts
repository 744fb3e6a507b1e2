import { misuse } from './rpc-error.js'

/** A length of time: milliseconds as a number, or text such as `'250ms'`, `'1.5s'`, `'2m'`, `'1h'`. `Infinity` means no bound. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/**
 * Milliseconds of a duration. `Infinity` is allowed and means: none.
 * @param where what the duration is for, as it shall stand in the error
 * @throws RpcError `failed_precondition` when it is negative or not of that form
 */
export function toMilliseconds(duration: Duration, where: string): number {
  if (typeof duration === 'number' && duration >= 0) return duration
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(duration))
  if (match) return Number(match[1]) * milliseconds[match[2] as keyof typeof milliseconds]
  throw misuse(
    'invalid_duration',
    `${where}: ${typeof duration === 'number' ? duration : JSON.stringify(duration)} is no duration; write milliseconds, or '250ms', '1.5s', '2m', '1h'`,
  )
}
