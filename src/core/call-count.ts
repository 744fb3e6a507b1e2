/** Counts the calls of one channel, endpoint or server. */
export class CallCount {
  started = 0
  succeeded = 0
  failed = 0
  /** Monotonic milliseconds at which the last call began; NaN if there was none. Always a double, so that setting it allocates nothing. */
  lastStarted = Number.NaN

  began(now: number): void {
    this.started++
    this.lastStarted = now
  }

  ended(failed: boolean): void {
    if (failed) this.failed++
    else this.succeeded++
  }

  /** @param now of the clock that `began` was given */
  inspect(now: number): CallCountInspection {
    const { started, succeeded, failed, lastStarted } = this
    return { started, succeeded, failed, ...(!Number.isNaN(lastStarted) && { lastStarted: now - lastStarted }) }
  }
}

/** How many calls there were. */
export interface CallCountInspection {
  /** Calls that have begun. */
  readonly started: number
  /** Calls that have ended without an error. */
  readonly succeeded: number
  /** Calls that have ended with an error. */
  readonly failed: number
  /** Milliseconds since the last call began. Default: there was none. */
  readonly lastStarted?: number
}
