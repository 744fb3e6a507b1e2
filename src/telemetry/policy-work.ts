import type { CallOutcome, Decision, ObservedSide } from '../core/call-observer.js'
import { Code } from '../core/code.js'
import type { CallSeries } from './call-series.js'
import { type HistoryRange, seriesOfRanges } from './history-range.js'

/** How often a policy did something: `retry`, `hedge` and how often one `won`, `failover`, `cached`, `stop`, `refused` a call, or `expired` for a deadline that passed. */
export interface Work {
  readonly policy: string
  readonly action: Decision['action'] | 'refused' | 'expired'
  readonly count: number
}

/** Different kinds of work of one method. The engine has fewer; this bounds what custom policies could name. */
const mostKinds = 32

/** What policies did to the calls of a method. What never happened takes no memory. */
export class PolicyWork {
  private readonly kinds = new Map<string, Omit<Work, 'count'> & { readonly series: CallSeries<HistoryRange> }>()

  decided({ policy, action }: Pick<Decision, 'policy' | 'action'>, now: number): void {
    this.count(policy, action, now)
  }

  /** What the end of a call tells: who refused it, or that its time ran out. */
  ended({ error, shedBy }: CallOutcome, side: ObservedSide, now: number): void {
    if (shedBy !== undefined) this.count(shedBy, 'refused', now)
    else if (side === 'client' && error?.code === Code.deadline_exceeded) this.count('timeout', 'expired', now)
  }

  view(range: HistoryRange, now: number): readonly Work[] {
    return [...this.kinds.values()].flatMap(({ policy, action, series }) => {
      const count = series
        .at(range, now)
        .view()
        .calls.reduce((sum, one) => sum + one, 0)
      return count === 0 ? [] : [{ policy, action, count }]
    })
  }

  private count(policy: string, action: Work['action'], now: number): void {
    const key = `${policy} ${action}`
    let kind = this.kinds.get(key)
    if (kind === undefined) {
      if (this.kinds.size >= mostKinds) return
      kind = { policy, action, series: seriesOfRanges() }
      this.kinds.set(key, kind)
    }
    kind.series.record(now, 'ok', -1)
  }
}
