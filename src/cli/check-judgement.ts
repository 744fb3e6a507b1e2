import { type Allowance, type AllowanceState, Allowances } from '../idl/check/allow.js'
import { type CheckedChange, type Comparison, type Verdict, verdictOf } from '../idl/check/compare.js'
import type { Finding, Wire } from '../idl/check/finding.js'

export interface JudgementParts {
  /** The packages of the contract. */
  readonly title: string
  /** What it is compared with. */
  readonly label: string
  readonly comparison: Comparison
  /** Those that decide. */
  readonly wires: readonly Wire[]
  readonly allow: readonly Allowance[]
  /** `2026-12-31` */
  readonly today: string
}

/** The verdicts of a comparison, with what is allowed. */
export class Judgement {
  readonly title: string
  readonly label: string
  readonly changes: readonly CheckedChange[]
  readonly wires: readonly Wire[]
  readonly allow: readonly (Allowance & { readonly state: AllowanceState })[]
  private readonly allowances: Allowances

  constructor({ title, label, comparison, wires, allow, today }: JudgementParts) {
    this.title = title
    this.label = label
    this.changes = comparison.changes
    this.wires = wires
    this.allowances = new Allowances(allow, today)
    const states = this.allowances.states(comparison.changes)
    this.allow = allow.map((one, at) => ({ ...one, state: states[at] as AllowanceState }))
  }

  /** What counts: of the wires that decide, and not allowed. */
  findings(change: CheckedChange): readonly Finding[] {
    return change.findings.filter(one => this.wires.includes(one.wire) && !this.isAllowed(change, one))
  }

  /** Those that break something before those that warn, and those before the rest; else by name. */
  get inOrder(): readonly CheckedChange[] {
    const rank = (change: CheckedChange) => (this.isBreaking(change) ? 0 : this.findings(change).length > 0 ? 1 : 2)
    return this.changes.toSorted((one, other) => rank(one) - rank(other))
  }

  verdict(change: CheckedChange, wire: Wire): Verdict | 'allowed' {
    const verdict = verdictOf(this.findings(change), wire)
    return verdict === 'BREAK' || verdictOf(change.findings, wire) !== 'BREAK' ? verdict : 'allowed'
  }

  isBreaking(change: CheckedChange): boolean {
    return this.findings(change).some(({ level }) => level === 'break')
  }

  /** How many changes break a wire. */
  count(wire: Wire): number {
    return this.changes.filter(change => this.verdict(change, wire) === 'BREAK').length
  }

  get breaks(): boolean {
    return this.changes.some(change => this.isBreaking(change))
  }

  /** Whether every break has an allowance, be it one that has ended: then it is meant, and can be locked. */
  get isMeant(): boolean {
    return this.changes.every(change =>
      this.findings(change).every(one => one.level === 'warn' || this.allowances.of(change, one) !== undefined),
    )
  }

  /** The last day of what allows a break that would count otherwise. */
  get allowedUntil(): string | undefined {
    return this.allow
      .filter(({ state }) => state === 'used')
      .map(({ until }) => until)
      .sort()[0]
  }

  private isAllowed(change: CheckedChange, finding: Finding): boolean {
    const allowance = this.allowances.of(change, finding)
    return allowance !== undefined && !this.allowances.hasEnded(allowance)
  }
}

/** What there is to say of the allowances themselves. */
export function allowText({ allow }: Judgement): string[] {
  return allow.flatMap(({ at, rules, reason, until, state }, index) => {
    if (state === 'used') return []
    if (state === 'unused') return [`check.allow[${index}] allows nothing any more; remove it`]
    const ended = `check.allow[${index}] ended on ${until}: ${rules.join(', ')} at ${at}`
    return [`${ended}\n  ${JSON.stringify(reason)}. If it is released: polywire lock`]
  })
}
