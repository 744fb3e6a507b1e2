import type { BreakerChange } from '../core/call-observer.js'
import type { Observers } from '../core/observers.js'

/**
 * Tells the observers of a channel about its circuits. A circuit is told as closed when its endpoint has left, or its channel closes: it
 * stops no calls any more, and a gauge that stayed at open would raise an alert for ever.
 */
export class ToldCircuits {
  /** Those that are open or half-open, by endpoint and then by the path of their method. */
  private readonly open = new Map<string, Map<string, BreakerChange>>()
  private isClosed = false

  constructor(private readonly observers: Observers) {}

  breakerChanged(change: BreakerChange): void {
    if (this.isClosed) return
    this.keep(change)
    this.observers.breakerChanged(change)
  }

  /** An endpoint left, and its last call has ended. */
  left(endpoint: string): void {
    const circuits = this.open.get(endpoint)
    this.open.delete(endpoint)
    for (const change of circuits?.values() ?? []) this.observers.breakerChanged({ ...change, state: 'closed' })
  }

  close(): void {
    this.isClosed = true
    for (const endpoint of [...this.open.keys()]) this.left(endpoint)
  }

  private keep(change: BreakerChange): void {
    const { endpoint, method, state } = change
    const circuits = this.open.get(endpoint) ?? new Map<string, BreakerChange>()
    if (state === 'closed') circuits.delete(method.path)
    else circuits.set(method.path, change)
    if (circuits.size === 0) this.open.delete(endpoint)
    else this.open.set(endpoint, circuits)
  }
}
