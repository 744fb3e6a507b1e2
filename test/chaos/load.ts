import { type ConnectOptions, connect, disconnect, type Target } from '../../src/index.js'
import { Work } from './work.js'

/** Milliseconds between two looks at how many calls are due. */
const tick = 10
/** Milliseconds between two looks from which on this process has stood still. */
const standstill = 5 * tick

/** Clients of one target, each with a channel of its own. */
export class Clients {
  private readonly remotes: readonly (Work & AsyncDisposable)[]

  constructor(target: Target, policies: ConnectOptions['policies'] = [], count = 3) {
    this.remotes = Array.from({ length: count }, () => connect(Work, target, { policies, report: () => {} }))
  }

  /** Calls at a constant rate, in calls a second of all clients together. */
  load(rate: number): Load {
    return new Load(this.remotes, rate)
  }

  async close(): Promise<void> {
    await Promise.all(this.remotes.map(remote => disconnect(remote)))
  }
}

/** Calls under way, begun at their time whether replies come or not: a fault cannot slow down the load that meets it. */
export class Load {
  calls = 0
  readonly failures: unknown[] = []
  private readonly latencies: { readonly at: number; readonly latency: number }[] = []
  private readonly running = new Set<Promise<void>>()
  private began = performance.now()
  private looked = this.began
  private readonly timer = setInterval(() => this.callWhatIsDue(), tick)

  constructor(
    private readonly remotes: readonly Work[],
    private readonly rate: number,
  ) {}

  /** Resolves when the last call has ended. */
  async end(): Promise<void> {
    clearInterval(this.timer)
    await Promise.all(this.running)
  }

  /** Milliseconds that the calls took which began outside of these times, shortest first. */
  latenciesOutside(windows: readonly (readonly [from: number, to: number])[]): number[] {
    return this.latencies
      .filter(({ at }) => !windows.some(([from, to]) => at >= from && at <= to))
      .map(({ latency }) => latency)
      .sort((a, b) => a - b)
  }

  /**
   * Time in which this process itself stood still, on a busy machine, is taken out of the schedule: all of its calls at once would be a load of
   * another kind, and a retry throttle is there to refuse what such a burst makes of a fault.
   */
  private callWhatIsDue(): void {
    const now = performance.now()
    this.began += Math.max(0, now - this.looked - standstill)
    this.looked = now
    const due = ((now - this.began) / 1000) * this.rate
    while (this.calls < due) {
      const call = this.call(this.remotes[this.calls++ % this.remotes.length] as Work)
      this.running.add(call)
      void call.then(() => this.running.delete(call))
    }
  }

  private async call(remote: Work): Promise<void> {
    const at = performance.now()
    try {
      await remote.work()
    } catch (error) {
      this.failures.push(error)
    }
    this.latencies.push({ at, latency: performance.now() - at })
  }
}
