import type { Call } from '../core/call.js'

/** The number of endpoints from which idle states are looked for and dropped. */
const sweepFrom = 64

/** The state that a policy keeps per endpoint. The state of an endpoint that is gone is dropped once it is idle. */
export class ByEndpoint<T extends { readonly idle: boolean }> {
  private readonly states = new Map<string, T>()
  private sweepAt = sweepFrom

  constructor(private readonly make: (address: string) => T) {}

  of(call: Call): T {
    const address = call.endpoint?.address ?? ''
    let found = this.states.get(address)
    if (found === undefined) {
      if (this.states.size >= this.sweepAt) this.sweep()
      found = this.make(address)
      this.states.set(address, found)
    }
    return found
  }

  /** What `show` returns for each endpoint, by its address. */
  inspect(show: (one: T) => unknown): Record<string, unknown> {
    return Object.fromEntries([...this.states].map(([address, one]) => [address, show(one)]))
  }

  private sweep(): void {
    for (const [address, one] of this.states) if (one.idle) this.states.delete(address)
    this.sweepAt = Math.max(sweepFrom, this.states.size * 2)
  }
}
