import { table } from '../describe-text.js'
import { isSupported, timeText } from './condition.js'
import type { Found } from './find.js'
import type { Histogram } from './histogram.js'
import { count, isTrusted, type RunStep, rateText, shares } from './run-step.js'
import type { Part, Tally } from './tally.js'

const perSecond = (value: number, seconds: number) => `${count(Number((value / seconds).toFixed(1)))}/s`

/** The report of one step. */
export function stepText({ tally, rate, seconds }: RunStep): string {
  const share = (part: number) => `${((100 * part) / Math.max(1, tally.due)).toFixed(2)} %`
  const lateShare = ((100 * tally.late) / Math.max(1, tally.sent)).toFixed(1)
  const late = `late by ${tally.latest.toFixed(1)} ms at most, ${lateShare} % by more than 1 ms`
  const rows = [
    ['  due', count(tally.due), '', ''],
    ['  sent', count(tally.sent), perSecond(tally.sent, seconds), rate === undefined ? '' : late],
    ['  ok', count(tally.ok), perSecond(tally.ok, seconds), ''],
    ['  failed', count(tally.failed), share(tally.failed), ''],
    ['  unfinished', count(tally.unfinished), '', ''],
    ...(tally.notSent > 0 ? [['  not sent', count(tally.notSent), share(tally.notSent), 'too many in flight']] : []),
  ]
  const parts = [
    table(rightOf(rows, [1, 2]), true),
    latencyText(tally, rate),
    barsText(tally.corrected),
    failuresText(tally),
    partsText('method', tally.methods),
    partsText('endpoint', tally.endpoints),
  ]
  return parts.filter(part => part !== '').join('\n')
}

function latencyText(tally: Tally, rate: number | undefined): string {
  const row = (name: string, histogram: Histogram, note: string) => [`  ${name}`, ...percentiles(histogram), note]
  const isFailing = tally.failed / Math.max(1, tally.due) > 0.01 && tally.ok > 0
  const rows = [
    ['  latency', ...shares.map(([name]) => name), 'max', ''],
    ...(rate === undefined ? [] : [row('corrected', tally.corrected, 'from when the call was due')]),
    row('raw', tally.raw, 'from when it was sent'),
    ...(isFailing ? [row('ok only', tally.succeeded, 'those that succeeded')] : []),
    ...(tally.first.total === 0 ? [] : [row('first message', tally.first, 'of a stream, from when it was due')]),
  ]
  return table(rightOf(rows, [1, 2, 3, 4, 5]), true)
}

/** `-` for a percentile that so few calls say nothing about. */
function percentiles(histogram: Histogram): string[] {
  const { total, max } = histogram
  return [
    ...shares.map(([, share]) => (isSupported(share, total) ? timeText(histogram.quantile(share)) : '-')),
    total === 0 ? '-' : timeText(max),
  ]
}

/** Milliseconds. */
const bounds = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, Number.POSITIVE_INFINITY]
const barWidth = 40

function barsText(histogram: Histogram): string {
  const rows = bounds.map((bound, at) => ({
    label: Number.isFinite(bound) ? `< ${bound} ms` : 'longer',
    calls: histogram.below(bound * 1000) - (at === 0 ? 0 : histogram.below((bounds[at - 1] ?? 0) * 1000)),
  }))
  const shown = rows.filter(({ calls }) => calls > 0)
  const most = Math.max(...shown.map(({ calls }) => calls))
  const bar = (calls: number) => '#'.repeat(Math.max(1, Math.round((barWidth * calls) / most)))
  return table(
    rightOf(
      shown.map(({ label, calls }) => [`  ${label}`, count(calls), bar(calls)]),
      [1],
    ),
    true,
  )
}

function failuresText({ failures }: Tally): string {
  const lines = [...failures.values()].map(({ count: times, code, first }) => [
    '  failed',
    count(times),
    `${code}: ${first.message}`,
  ])
  return lines.length === 0 ? '' : table(rightOf(lines, [1]), true)
}

/** A line for each method or endpoint, if there are several. */
function partsText(name: string, parts: ReadonlyMap<string, Part>): string {
  if (parts.size < 2) return ''
  const rows = [...parts].map(([key, { latency, failed }]) => {
    const [p50 = '', , p99 = ''] = percentiles(latency)
    return [`  ${key}`, count(latency.total), count(failed), p50, p99]
  })
  return table(rightOf([[`  ${name}`, 'calls', 'failed', 'p50', 'p99'], ...rows], [1, 2, 3, 4]), true)
}

/** A line for each step. */
export function stepsText(steps: readonly RunStep[]): string {
  const rows = steps.map(step => {
    const { tally, seconds, broken } = step
    const [p50 = '', , p99 = '', p999 = ''] = percentiles(tally.corrected)
    const failed = tally.failed + tally.notSent + tally.unfinished
    return [
      `  ${rateText(step)}`,
      perSecond(tally.sent, seconds).replace('/s', ''),
      `${Number(((100 * tally.ok) / Math.max(1, tally.due)).toPrecision(3))} %`,
      p50,
      p99,
      p999,
      count(failed),
      verdictOf(
        step,
        broken.map(({ condition }) => condition.text),
      ),
    ]
  })
  const heads = ['  rate', 'sent/s', 'ok', 'p50', 'p99', 'p99.9', 'failed', '']
  return table(rightOf([heads, ...rows], [0, 1, 2, 3, 4, 5, 6]), true)
}

function verdictOf(step: RunStep, broken: readonly string[]): string {
  if (broken.length > 0) return `FAIL ${broken.join(', ')}`
  return isTrusted(step) ? '' : 'late: this machine is the limit'
}

/** Which of several steps is the highest that held. */
export function heldText(steps: readonly RunStep[]): string {
  const held = steps.findLast(({ broken }) => broken.length === 0)
  return held === undefined ? 'No step held' : `The highest step that held: ${rateText(held)}/s`
}

/** What a search has found. */
export function foundText(steps: readonly RunStep[], found: Found): string {
  const { held, failed } = found
  if (failed === undefined)
    return held === undefined ? '' : `The highest rate that held: ${count(held)}/s, where the search ended\n`
  const isLate = steps.some(({ rate, broken }) => rate === failed && broken.length === 0)
  const why = isLate ? 'this machine could not make it' : 'a limit was passed'
  if (held === undefined) return `No rate held: at ${count(failed)}/s, where the search began, ${why}.\n`
  return `The highest rate that held: ${count(held)}/s; at ${count(failed)}/s ${why}\n`
}

/** The cells of some columns moved to the right of them. */
function rightOf(rows: readonly (readonly string[])[], columns: readonly number[]): string[][] {
  const widths = columns.map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row.map((cell, at) => {
      const index = columns.indexOf(at)
      return index < 0 ? cell : cell.padStart(widths[index] ?? 0)
    }),
  )
}
