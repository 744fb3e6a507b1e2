import { Code, type PolicyDefinition, RpcError, use } from 'polywire'

/** What the policies of each method did, counted by two custom policies: one around each call, one around each attempt. */
export class Tally {
  private readonly methods = new Map<string, Record<string, number>>()

  readonly policies: readonly PolicyDefinition[] = [
    use(
      next => call => {
        this.count(call.method.path, 'calls')
        return next(call)
      },
      { name: 'tallyCalls' },
    ),
    use(
      next => async call => {
        const { path } = call.method
        this.count(path, 'attempts')
        if (call.tried !== undefined) this.count(path, 'moved to another replica')
        if (call.attempt > 1) this.count(path, 'sent again by retry or hedge')
        try {
          return await next(call)
        } catch (error) {
          if (error instanceof RpcError) this.count(path, `failed: ${whyOf(error)}`)
          throw error
        }
      },
      { name: 'tallyAttempts', stage: 'attempt' },
    ),
  ]

  /** Adds the counts of another process. */
  add(other: Record<string, Record<string, number>>): void {
    for (const [path, counts] of Object.entries(other)) {
      for (const [what, times] of Object.entries(counts)) this.count(path, what, times)
    }
  }

  toJSON(): Record<string, Record<string, number>> {
    return Object.fromEntries(this.methods)
  }

  of(path: string, what: string): number {
    return this.methods.get(path)?.[what] ?? 0
  }

  print(): void {
    for (const [path, { calls = 0, attempts = 0, ...rest }] of this.methods) {
      console.log(`    ${path.padEnd(24)} ${calls} calls, ${attempts} attempts`)
      for (const [what, times] of Object.entries(rest)) console.log(`        ${String(times).padStart(5)} ${what}`)
    }
  }

  private count(path: string, what: string, times = 1): void {
    const counts = this.methods.get(path) ?? {}
    counts[what] = (counts[what] ?? 0) + times
    this.methods.set(path, counts)
  }
}

/** The reason, for errors that this side raised. Errors that a service sent have only a code. */
function whyOf({ reason, code, delivery }: RpcError): string {
  return `${reason ?? Code[code]}${delivery === 'refused' ? ', refused unserved' : ''}`
}
