import type { Call } from '../core/call.js'

/** How many endpoints are kept before those are looked for that are not worth it. */
const sweepFrom = 64

/** What a policy keeps for each endpoint. Endpoints that came and went are forgotten once there is nothing to know of them. */
export class ByEndpoint<T extends { readonly idle: boolean }> {
  private readonly kept = new Map<string, T>()
  private sweepAt = sweepFrom

  constructor(private readonly make: () => T) {}

  of(call: Call): T {
    const address = call.endpoint?.address ?? ''
    let found = this.kept.get(address)
    if (found === undefined) {
      if (this.kept.size >= this.sweepAt) this.sweep()
      found = this.make()
      this.kept.set(address, found)
    }
    return found
  }

  private sweep(): void {
    for (const [address, one] of this.kept) if (one.idle) this.kept.delete(address)
    this.sweepAt = Math.max(sweepFrom, this.kept.size * 2)
  }
}
