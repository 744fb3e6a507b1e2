import { table } from '../describe-text.js'
import { isSupported, timeText } from './condition.js'
import type { Histogram } from './histogram.js'
import type { Tally } from './tally.js'

/** A step that has run. */
export interface RunStep {
  readonly tally: Tally
  /** Calls a second; undefined: a closed loop. */
  readonly rate: number | undefined
  readonly seconds: number
  /** The conditions of `--fail-if` that hold, and what was measured. */
  readonly broken: readonly { readonly text: string; readonly value: string }[]
}

const shares: readonly (readonly [name: string, share: number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
]

const count = (value: number) => value.toLocaleString('en-US')
const perSecond = (value: number, seconds: number) => `${count(Number((value / seconds).toFixed(1)))}/s`

/** Share of calls that may leave late before the figures say more of the generator than of the server. */
const trustedShare = 0.01
/** Milliseconds of delay from which on a call counts as late for that. */
const seriousDelay = 10

/** Whether the generator kept its rate. In a closed loop calls are never late. */
export function isTrusted({ tally }: RunStep): boolean {
  return tally.late / Math.max(1, tally.sent) <= trustedShare || tally.latest < seriousDelay
}

/** Why not to trust a step, for the first line of a report. */
export function distrust({ tally }: RunStep): string {
  const share = ((100 * tally.late) / Math.max(1, tally.sent)).toFixed(1)
  const late = `${share} % of the calls left late (${Math.round(tally.latest)} ms at most)`
  return `do not trust these figures: ${late}; this machine is the limit. Lower --rate\n`
}

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

function failuresText({ failures, endpoints }: Tally): string {
  const lines = [...failures.values()].map(({ count: times, code, first }) => [
    '  failed',
    count(times),
    `${code}: ${first.message}`,
  ])
  const parts = lines.length === 0 ? [] : [table(rightOf(lines, [1]), true)]
  if (endpoints.size > 1) {
    const rows = [...endpoints].map(([address, { latency, failed }]) => {
      const [p50 = '', , p99 = ''] = percentiles(latency)
      return [`  ${address}`, count(latency.total), count(failed), p50, p99]
    })
    parts.push(table(rightOf([['  endpoint', 'calls', 'failed', 'p50', 'p99'], ...rows], [1, 2, 3, 4]), true))
  }
  return parts.join('')
}

/** A line a step, and which is the highest that held. */
export function stepsText(steps: readonly RunStep[], hasConditions: boolean): string {
  const rows = steps.map(({ tally, rate = 0, seconds, broken }) => {
    const { corrected } = tally
    const [p50 = '', , p99 = '', p999 = ''] = percentiles(corrected)
    const ok = `${Number(((100 * tally.ok) / Math.max(1, tally.due)).toPrecision(3))} %`
    const failed = tally.failed + tally.notSent + tally.unfinished
    const verdict = broken.length > 0 ? `FAIL ${broken.map(({ text }) => text).join(', ')}` : ''
    return [
      `  ${count(rate)}`,
      perSecond(tally.sent, seconds).replace('/s', ''),
      ok,
      p50,
      p99,
      p999,
      count(failed),
      verdict,
    ]
  })
  const heads = ['  rate', 'sent/s', 'ok', 'p50', 'p99', 'p99.9', 'failed', '']
  const held = steps.findLast(({ broken }) => broken.length === 0)
  const best = held === undefined ? 'No step held.' : `The highest step that held: ${count(held.rate ?? 0)}/s`
  return `${table(rightOf([heads, ...rows], [0, 1, 2, 3, 4, 5, 6]), true)}${hasConditions ? `${best}\n` : ''}`
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

/** A step in the document of `--json`. */
export function stepJson(step: RunStep): object {
  const { tally, rate, seconds, broken } = step
  return {
    rate,
    seconds: Number(seconds.toFixed(3)),
    due: tally.due,
    sent: tally.sent,
    ok: tally.ok,
    failed: tally.failed,
    unfinished: tally.unfinished,
    notSent: tally.notSent,
    lateMaxMs: Number(tally.latest.toFixed(3)),
    lateShare: tally.late / Math.max(1, tally.sent),
    trusted: isTrusted(step),
    latencyMs: {
      ...(rate === undefined ? {} : { corrected: milliseconds(tally.corrected) }),
      raw: milliseconds(tally.raw),
    },
    histogram: (rate === undefined ? tally.raw : tally.corrected).encoded(),
    codes: summed([...tally.failures.values()].map(({ code, count: times }) => [code, times])),
    reasons: summed([...tally.failures.values()].map(({ reason, count: times }) => [reason ?? 'none', times])),
    endpoints: [...tally.endpoints].map(([address, { latency, failed }]) => ({
      address,
      calls: latency.total,
      failed,
      latencyMs: milliseconds(latency),
    })),
    broken,
  }
}

function milliseconds(histogram: Histogram): Readonly<Record<string, number | null>> {
  const entries = shares.map(([name, share]): [string, number | null] => [
    name,
    isSupported(share, histogram.total) ? histogram.quantile(share) / 1000 : null,
  ])
  return Object.fromEntries([...entries, ['max', histogram.total === 0 ? null : histogram.max / 1000]])
}

function summed(entries: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const [key, value] of entries) sums[key] = (sums[key] ?? 0) + value
  return sums
}
