import type { Clock } from '../../core/clock.js'
import { emitWarning } from '../../core/platform.js'

/**
 * Failures of the caches of one channel or server: the first is reported at once, further ones at most once a minute, with their number.
 */
export class CacheWarnings {
  private untold = 0
  private quietUntil = Number.NEGATIVE_INFINITY

  /** @param report default: a warning of the process */
  constructor(
    private readonly clock: Clock,
    private readonly report?: (error: unknown) => void,
  ) {}

  readonly warn = (error: unknown): void => {
    const now = this.clock.now()
    if (now < this.quietUntil) {
      this.untold++
      return
    }
    const why = error instanceof Error ? error.message : String(error)
    const more = this.untold === 0 ? '' : ` (and ${this.untold} more since the last warning)`
    this.untold = 0
    this.quietUntil = now + interval
    const message = `the cache failed, and the call went on without it: ${why}${more}`
    if (this.report === undefined) emitWarning(message)
    else this.report(new Error(message, { cause: error }))
  }
}

/** Milliseconds. */
const interval = 60_000
