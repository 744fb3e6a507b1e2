import type { Clock, Timer } from '../core/clock.js'
import { misuse } from '../core/rpc-error.js'

/** Checks something that the server needs. It fails if it returns or resolves with `false`, throws, or takes longer than 5 s. */
export type HealthCheck = () => unknown

/** Milliseconds for which a result counts, so that many probes cost one check. */
const freshFor = 1000
/** Milliseconds after which a check that has not ended counts as failed. */
const longest = 5000

/** The results of checks. They run when someone asks, all at once, and none twice at the same time. */
export class HealthChecks {
  private readonly checks: readonly (readonly [string, HealthCheck])[]
  private running: Promise<ReadonlyMap<string, boolean>> | undefined
  /** Checks that have not ended, also those that have counted as failed since. */
  private readonly pending = new Map<string, Promise<unknown>>()
  private checkedAt = Number.NEGATIVE_INFINITY
  private last: ReadonlyMap<string, boolean> = new Map()

  /** @throws RpcError `failed_precondition` (`invalid_policy`) if a check is not a function */
  constructor(
    checks: Readonly<Record<string, unknown>>,
    private readonly clock: Clock,
    private readonly report: (error: unknown) => void,
  ) {
    this.checks = Object.entries(checks).map(([name, check]) => {
      if (typeof check !== 'function')
        throw misuse('invalid_policy', `health.${name} must be a function that checks it, got ${typeof check}`)
      return [name, check as HealthCheck]
    })
  }

  get isEmpty(): boolean {
    return this.checks.length === 0
  }

  /** The last results, by name; null for a check that never ended. */
  get latest(): Readonly<Record<string, boolean | null>> {
    return Object.fromEntries(this.checks.map(([name]) => [name, this.last.get(name) ?? null]))
  }

  /** Whether each check passes, by its name. Never rejects. */
  results(): Promise<ReadonlyMap<string, boolean>> {
    const now = this.clock.now()
    if (this.running === undefined || now - this.checkedAt >= freshFor) {
      this.checkedAt = Number.POSITIVE_INFINITY
      this.running = Promise.all(
        this.checks.map(async ([name, check]): Promise<[string, boolean]> => [name, await this.passes(name, check)]),
      ).then(results => {
        this.checkedAt = this.clock.now()
        this.last = new Map(results)
        return this.last
      })
    }
    return this.running
  }

  readonly pass = async (): Promise<boolean> => {
    const results = await this.results()
    return [...results.values()].every(Boolean)
  }

  private async passes(name: string, check: HealthCheck): Promise<boolean> {
    let timer: Timer | undefined
    const late = new Promise<never>((_, reject) => {
      timer = this.clock.schedule(longest, { expire: () => reject(new Error(`it did not end within ${longest} ms`)) })
    })
    try {
      return (await Promise.race([this.run(name, check), late])) !== false
    } catch (error) {
      this.report(new Error(`health check ${name} failed`, { cause: error }))
      return false
    } finally {
      timer?.cancel()
    }
  }
  private run(name: string, check: HealthCheck): Promise<unknown> {
    const pending = this.pending.get(name) ?? Promise.resolve(check()).finally(() => this.pending.delete(name))
    this.pending.set(name, pending)
    return pending
  }
}
