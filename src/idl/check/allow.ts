import type { CheckedChange } from './compare.js'
import type { Finding } from './finding.js'

/** A break that is meant. */
export interface Allowance {
  /** `shop.v1.Orders/ListOrders` */
  readonly at: string
  readonly rules: readonly string[]
  readonly reason: string
  /** The last day: `2026-12-31`. */
  readonly until: string
}

/** `ended`: it would allow something, and its last day is over. `unused`: what it allows is no change any more. */
export type AllowanceState = 'used' | 'ended' | 'unused'

/** Which findings are allowed, and what became of each allowance. */
export class Allowances {
  /** @param today as in `until` */
  constructor(
    private readonly all: readonly Allowance[],
    private readonly today: string,
  ) {}

  /** The allowance of a finding, even one that has ended. */
  of({ at }: CheckedChange, { rule }: Finding): Allowance | undefined {
    return this.all.find(one => one.at === at && one.rules.includes(ruleName(rule)))
  }

  hasEnded({ until }: Allowance): boolean {
    return until < this.today
  }

  states(changes: readonly CheckedChange[]): AllowanceState[] {
    const used = new Set(changes.flatMap(change => change.findings.map(finding => this.of(change, finding))))
    return this.all.map(one => (!used.has(one) ? 'unused' : this.hasEnded(one) ? 'ended' : 'used'))
  }
}

/** `AVRO_TYPE_MISMATCH` of `AVRO_TYPE_MISMATCH (FORWARD)` */
export function ruleName(rule: string): string {
  return rule.split(' ', 1).join()
}
