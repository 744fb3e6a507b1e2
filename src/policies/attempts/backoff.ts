/** How long to wait between attempts. */
export interface BackoffSettings {
  /** Milliseconds. */
  readonly initialBackoff: number
  /** Milliseconds. */
  readonly maxBackoff: number
  readonly multiplier: number
}

/** Milliseconds of wait `n`, from 1, with its jitter. Source: gRFC A6. */
export function backoff({ initialBackoff, maxBackoff, multiplier }: BackoffSettings, n: number): number {
  return Math.min(initialBackoff * multiplier ** (n - 1), maxBackoff) * (0.8 + 0.4 * Math.random())
}
