import { type Column, inColumns } from './columns.js'
import { isSupported, timeText } from './condition.js'
import type { Found } from './find.js'
import type { Histogram } from './histogram.js'
import { count, isTrusted, type RunStep, rateText, shares } from './run-step.js'
import type { Part, Tally } from './tally.js'

const oneDigit = { minimumFractionDigits: 1, maximumFractionDigits: 1 } as const
const perSecond = (value: number, seconds: number) => `${(value / seconds).toLocaleString('en-US', oneDigit)}/s`

const countColumns = [
  [2, 'left'],
  [2, 'right'],
  [5, 'left'],
  [4, 'left'],
] as const
const latencyColumns = [[2, 'left'], [4, 'right'], ...Array<Column>(4).fill([3, 'right']), [4, 'left']] as const
const barColumns = [
  [3, 'left'],
  [4, 'right'],
  [2, 'left'],
] as const
const partColumns = [
  [2, 'left'],
  [5, 'right'],
  [4, 'right'],
  [3, 'right'],
  [3, 'right'],
] as const
const stepColumns = [
  [4, 'right'],
  [5, 'right'],
  [4, 'right'],
  [3, 'right'],
  [4, 'right'],
  [4, 'right'],
  [4, 'right'],
  [4, 'left'],
] as const

/** The report of one step. @param deadline of each call: `50 ms` */
export function stepText({ tally, rate, seconds }: RunStep, deadline: string): string {
  const share = (part: number) => `${((100 * part) / Math.max(1, tally.due)).toFixed(2)} %`
  const lateShare = ((100 * tally.late) / Math.max(1, tally.sent)).toFixed(1)
  const late = `late by ${tally.latest.toFixed(1)} ms at most, ${lateShare} % by more than 1 ms`
  const rows = [
    ['due', count(tally.due)],
    ['sent', count(tally.sent), perSecond(tally.sent, seconds), rate === undefined ? '' : late],
    ['ok', count(tally.ok), perSecond(tally.ok, seconds)],
    ['failed', count(tally.failed), share(tally.failed)],
    ['unfinished', count(tally.unfinished)],
    ...(tally.notSent > 0 ? [['not sent', count(tally.notSent), share(tally.notSent), 'too many in flight']] : []),
  ]
  const parts = [
    inColumns(rows, countColumns),
    latencyText(tally, rate),
    barsText(tally.corrected),
    `${failuresText(tally, deadline)}${partsText('method', tally.methods)}${partsText('endpoint', byAddress(tally.endpoints))}`,
  ]
  return parts.filter(part => part !== '').join('\n')
}

function latencyText(tally: Tally, rate: number | undefined): string {
  const row = (name: string, histogram: Histogram, note: string) => [name, ...percentiles(histogram), note]
  const isFailing = tally.failed / Math.max(1, tally.due) > 0.01 && tally.ok > 0
  const rows = [
    ['latency', ...shares.map(([name]) => name), 'max'],
    ...(rate === undefined ? [] : [row('corrected', tally.corrected, 'from when the call was due')]),
    row('raw', tally.raw, 'from when it was sent'),
    ...(isFailing ? [row('ok only', tally.succeeded, 'those that succeeded')] : []),
    ...(tally.first.total === 0 ? [] : [row('first message', tally.first, 'of a stream, from when it was due')]),
  ]
  return inColumns(rows, latencyColumns)
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
  return inColumns(
    shown.map(({ label, calls }) => [label, count(calls), bar(calls)]),
    barColumns,
  )
}

/** The message is that of the first. Its method and endpoint are left out, because others may have failed in the same way. */
function failuresText({ failures }: Tally, deadline: string): string {
  const times = new Map<string, number>()
  for (const { count: more, code, reason, first } of failures.values()) {
    const said = first.message.replace(/^\/[\w.]+\/\w+: /, '').replace(/ \(last endpoint: [^)]*\)$/, '')
    // Whether the server or the caller noticed it first.
    const isLate = reason === 'deadline_exceeded' || said === 'no reply before its deadline'
    const text = `${code}: ${isLate ? `no reply within ${deadline}` : said}`
    times.set(text, (times.get(text) ?? 0) + more)
  }
  return [...times].map(([text, sum]) => `  failed${count(sum).padStart(13)}    ${text}\n`).join('')
}

/** A line for each method or endpoint, if there are several. */
function partsText(name: string, parts: ReadonlyMap<string, Part>): string {
  if (parts.size < 2) return ''
  const rows = [...parts].map(([key, { latency, failed }]) => {
    const [p50 = '', , p99 = ''] = percentiles(latency)
    return [key, count(latency.total), count(failed), p50, p99]
  })
  return inColumns([[name, 'calls', 'failed', 'p50', 'p99'], ...rows], partColumns)
}

/** Not in the order in which they replied first, which differs from run to run. */
function byAddress(endpoints: ReadonlyMap<string, Part>): ReadonlyMap<string, Part> {
  return new Map([...endpoints].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true })))
}

/** A line for each step. */
export function stepsText(steps: readonly RunStep[]): string {
  const rows = steps.map(step => {
    const { tally, seconds, broken } = step
    const [p50 = '', , p99 = '', p999 = ''] = percentiles(tally.corrected)
    const failed = tally.failed + tally.notSent + tally.unfinished
    return [
      rateText(step),
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
  const heads = ['rate', 'sent/s', 'ok', 'p50', 'p99', 'p99.9', 'failed']
  return inColumns([heads, ...rows], stepColumns)
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
