import { availableParallelism } from 'node:os'
import { isSupported } from './condition.js'
import type { Histogram } from './histogram.js'
import type { Plan } from './plan.js'
import { isTrusted, type RunStep, shares } from './run-step.js'
import type { Part } from './tally.js'

/** The document of `--json`. @param methods `hello.Hello/SayHello` */
export function benchJson(
  { steps: [first], connections, workers, conditions }: Plan,
  {
    url,
    methods,
    steps,
    found,
  }: {
    readonly url: string
    readonly methods: readonly string[]
    readonly steps: readonly RunStep[]
    /** Of `--find`. */
    readonly found: object | undefined
  },
): object {
  return {
    schema: 'polywire.bench/1',
    target: url,
    ...(methods.length === 1 ? { method: methods[0] } : {}),
    loop: first?.rate === undefined ? 'closed' : 'open',
    arrivals: first?.arrivals,
    seed: first?.seed,
    trusted: steps.every(isTrusted),
    node: process.version,
    cpus: availableParallelism(),
    connections,
    workers,
    conditions: conditions.map(({ text }) => text),
    ...(found === undefined ? {} : { found }),
    steps: steps.map(stepJson),
  }
}

function stepJson(step: RunStep): object {
  const { tally, rate, endRate, seconds, broken } = step
  return {
    rate,
    ...(endRate === undefined ? {} : { endRate }),
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
      ...(tally.first.total === 0 ? {} : { firstMessage: milliseconds(tally.first) }),
    },
    histogram: (rate === undefined ? tally.raw : tally.corrected).encoded(),
    codes: summed([...tally.failures.values()].map(({ code, count: times }) => [code, times])),
    reasons: summed([...tally.failures.values()].map(({ reason, count: times }) => [reason ?? 'none', times])),
    methods: partsJson('method', tally.methods),
    endpoints: partsJson('address', tally.endpoints),
    broken: broken.map(({ condition, value }) => ({ text: condition.text, value })),
  }
}

function partsJson(key: string, parts: ReadonlyMap<string, Part>): object[] {
  return [...parts].map(([name, { latency, failed }]) => ({
    [key]: name,
    calls: latency.total,
    failed,
    latencyMs: milliseconds(latency),
  }))
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
