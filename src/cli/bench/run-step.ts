import { availableParallelism } from 'node:os'
import type { Condition } from './condition.js'
import type { Tally } from './tally.js'

/** A step, or a window of a ramp, that has run. */
export interface RunStep {
  readonly tally: Tally
  /** Calls a second; undefined: a closed loop. */
  readonly rate: number | undefined
  /** The rate at the end of a window of a ramp. */
  readonly endRate?: number
  readonly seconds: number
  /** The conditions of `--fail-if` that hold, and what was measured. */
  readonly broken: readonly { readonly condition: Condition; readonly value: string }[]
}

/** The percentiles that are reported. */
export const shares: readonly (readonly [name: string, share: number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
]

export const count = (value: number) => value.toLocaleString('en-US')

/** `2,000`, or `100..590` within a ramp. */
export function rateText({ rate = 0, endRate }: Pick<RunStep, 'rate' | 'endRate'>): string {
  return endRate === undefined ? count(rate) : `${count(Math.round(rate))}..${count(Math.round(endRate))}`
}

/** Share of calls that may leave late before the figures say more of the generator than of the server. */
const trustedShare = 0.01
/** Milliseconds of delay from which on a call counts as late for that. */
const seriousDelay = 10

/** Whether the generator kept its rate. In a closed loop calls are never late. */
export function isTrusted({ tally }: RunStep): boolean {
  return tally.late / Math.max(1, tally.sent) <= trustedShare || tally.latest < seriousDelay
}

/** Why not to trust a step, for the first line of a report. @param workers threads that made the load; 0: one */
export function distrust({ tally }: RunStep, workers: number): string {
  const share = ((100 * tally.late) / Math.max(1, tally.sent)).toFixed(1)
  const late = `${share} % of the calls left late (${Math.round(tally.latest)} ms at most)`
  const more = Math.min(4, availableParallelism())
  const remedy = workers < more && more > 1 ? `Lower --rate, or use --workers ${more}` : 'Lower --rate'
  return `do not trust these figures: ${late}; this machine is the limit. ${remedy}\n`
}
