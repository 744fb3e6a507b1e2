import type { ActiveCall } from '../core/active-call.js'
import type { Clock } from '../core/clock.js'

/**
 * The calls that wait for a dial.
 *
 * Problem: only its first connection shows whether a call to an `https://` target needs undici, and loading it takes longer than some calls
 * have. So the clocks of these calls stand still while a dial loads a library.
 */
export class WaitingCalls {
  /** When the clock of each was stopped; undefined while it runs. */
  private readonly stoppedAt = new Map<ActiveCall, number | undefined>()
  private isLoading = false

  constructor(private readonly clock: Clock) {}

  add(call: ActiveCall): void {
    this.stoppedAt.set(call, undefined)
    if (this.isLoading) this.stop(call)
  }

  remove(call: ActiveCall): void {
    this.start(call)
    this.stoppedAt.delete(call)
  }

  /** Stops the clocks until the library is loaded, or has failed to load. */
  readonly loads = (library: Promise<unknown>): void => {
    this.isLoading = true
    for (const call of this.stoppedAt.keys()) this.stop(call)
    const loaded = () => {
      this.isLoading = false
      for (const call of this.stoppedAt.keys()) this.start(call)
    }
    library.then(loaded, loaded)
  }

  private stop(call: ActiveCall): void {
    this.stoppedAt.set(call, this.clock.now())
    call.stopClock()
  }

  private start(call: ActiveCall): void {
    const since = this.stoppedAt.get(call)
    if (since === undefined) return
    this.stoppedAt.set(call, undefined)
    call.startClock(this.clock.now() - since)
  }
}
