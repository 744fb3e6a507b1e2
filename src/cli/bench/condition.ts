import { CliError } from '../cli-error.js'
import type { Tally } from './tally.js'

/** What `--fail-if` says: `p99>20ms`, `errors>0.1%`, `errors.unavailable>0`, `rate<1900`. */
export interface Condition {
  readonly text: string
  /** What was measured where the condition holds, so that the run has failed; undefined where it does not. */
  heldBy(tally: Tally, seconds: number): string | undefined
  /** `p99 was 2.41 s, allowed are 20 ms`. @param value of `heldBy` @param where such as ` at 8,000/s` */
  brokenText(value: string, where: string): string
}

const form = /^(raw\.)?(p\d+(?:\.\d+)?|max|errors(?:\.[a-z_]+)?|rate)([<>])(\d+(?:\.\d+)?)(us|ms|s|%)?$/
const scale: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 }

/** @throws CliError for a text that is not a condition */
export function conditionOf(text: string): Condition {
  const [whole, raw, measure = '', sign, bound = '', unit] = form.exec(text.replaceAll(' ', '')) ?? []
  const isTime = /^p\d|^max$/.test(measure)
  const isFit = isTime
    ? scale[unit ?? ''] !== undefined
    : raw === undefined && (unit === undefined || (unit === '%' && measure !== 'rate'))
  if (whole === undefined || !isFit)
    throw new CliError(
      `--fail-if ${text}: it must be such as p99>20ms, max>1s, raw.p50>500us, errors>0.1%, errors.unavailable>0 or rate<1900`,
    )
  const isBeyond = (value: number) => (sign === '>' ? value > Number(bound) : value < Number(bound))
  const name = `${raw ?? ''}${measure}`
  const limit = unit === undefined || unit === '%' ? `${bound}${unit ?? ''}` : `${bound} ${unit}`
  return {
    text,
    brokenText: (value, where) =>
      `${name} was ${value}${where}, ${sign === '>' ? 'allowed are' : 'the least is'} ${limit}`,
    heldBy(tally, seconds) {
      if (isTime) {
        const histogram = raw === undefined ? tally.corrected : tally.raw
        const share = measure === 'max' ? 1 : Number(measure.slice(1)) / 100
        if (!isSupported(share, histogram.total)) return undefined
        const value = measure === 'max' ? histogram.max : histogram.quantile(share)
        return isBeyond(value / (scale[unit ?? ''] ?? 1)) ? timeText(value) : undefined
      }
      if (measure === 'rate') return isBeyond(tally.ok / seconds) ? `${(tally.ok / seconds).toFixed(1)}/s` : undefined
      const count = errorsIn(tally, measure.slice('errors.'.length))
      const value = unit === '%' ? (100 * count) / Math.max(1, tally.due) : count
      return isBeyond(value) ? `${Number(value.toPrecision(3))}${unit ?? ''}` : undefined
    },
  }
}

function errorsIn(tally: Tally, code: string): number {
  if (code === '') return tally.failed + tally.notSent + tally.unfinished
  return [...tally.failures.values()].filter(one => one.code === code).reduce((sum, { count }) => sum + count, 0)
}

/** Whether so many values say anything about a percentile: one of them at least must lie beyond it. */
export function isSupported(share: number, total: number): boolean {
  return total > 0 && (share >= 1 || total * (1 - share) >= 1 - 1e-9)
}

/** `0.41 ms`, `18.2 ms`, `2.41 s`. @param microseconds */
export function timeText(microseconds: number): string {
  const [value, unit] = microseconds < 1_000_000 ? [microseconds / 1000, 'ms'] : [microseconds / 1_000_000, 's']
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : Math.round(value)} ${unit}`
}
