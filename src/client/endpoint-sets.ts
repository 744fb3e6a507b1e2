/** Problem: sets of endpoints come from outside of the process. They may arrive faster than they can be applied, and contain anything. */
import type { Clock, Timer } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'

/** Applying sets takes at most this share of the time. */
const share = 0.1

/** Passes on sets, whole and in order. If they arrive faster than a tenth of the time allows, only the latest one is applied. */
export class EndpointSets {
  private latest: readonly Endpoint[] | undefined
  private timer: Timer | undefined
  private nextAt = Number.NEGATIVE_INFINITY
  /** The faults that were reported and still exist. */
  private reported = new Set<string>()

  constructor(
    private readonly clock: Clock,
    private readonly settings: {
      readonly found: (endpoints: readonly Endpoint[]) => void
      readonly report: (error: unknown) => void
    },
  ) {}

  /** @throws Error if it is not a list */
  take(endpoints: readonly Endpoint[]): void {
    const checked = this.checked(endpoints)
    if (this.timer !== undefined) {
      this.latest = checked
      return
    }
    const wait = this.nextAt - this.clock.now()
    if (wait <= 0) {
      this.pass(checked)
      return
    }
    this.latest = checked
    this.timer = this.clock.schedule(wait, {
      expire: () => {
        this.timer = undefined
        if (this.latest !== undefined) this.pass(this.latest)
      },
    })
  }

  close(): void {
    this.timer?.cancel()
    this.latest = undefined
  }

  private pass(endpoints: readonly Endpoint[]): void {
    const began = this.clock.now()
    this.latest = undefined
    this.settings.found(endpoints)
    const now = this.clock.now()
    this.nextAt = now + (now - began) * (1 / share - 1)
  }

  /** Drops invalid endpoints and invalid properties. Each fault is reported once, as long as it exists. */
  private checked(endpoints: readonly Endpoint[]): readonly Endpoint[] {
    const reported = new Set<string>()
    const checked = endpoints.map(endpoint => {
      const wrong = wrongIn(endpoint)
      if (wrong === undefined) return endpoint
      const name = typeof endpoint?.address === 'string' ? endpoint.address : (JSON.stringify(endpoint) ?? 'undefined')
      reported.add(`${name} ${wrong.what}`)
      if (!this.reported.has(`${name} ${wrong.what}`))
        this.settings.report(new Error(`endpoint ${name}: ${wrong.what}`))
      return wrong.instead
    })
    this.reported = reported
    return reported.size === 0 ? endpoints : checked.filter(endpoint => endpoint !== undefined)
  }
}

/** @returns the text of the fault, and the endpoint to use instead */
function wrongIn(endpoint: Endpoint): { readonly what: string; readonly instead: Endpoint | undefined } | undefined {
  if (typeof endpoint?.address !== 'string' || endpoint.address === '')
    return { what: 'has no address and is skipped', instead: undefined }
  const { weight, priority, ...rest } = endpoint
  const weighs = weight === undefined || (weight > 0 && Number.isFinite(weight))
  const ranks = priority === undefined || (Number.isInteger(priority) && priority >= 0)
  if (weighs && ranks) return undefined
  return {
    what: weighs ? `priority ${priority} is not valid and is ignored` : `weight ${weight} is not valid and is ignored`,
    instead: {
      ...rest,
      ...(weighs && weight !== undefined ? { weight } : {}),
      ...(ranks && priority !== undefined ? { priority } : {}),
    },
  }
}
