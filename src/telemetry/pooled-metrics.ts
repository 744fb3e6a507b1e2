import { mostSeries, other } from './counters.js'
import type { Collected, ExpositionFormat, LabelValues } from './exposition.js'
import { Histogram, type HistogramState } from './histogram.js'
import { type MetricFamily, metricTable } from './metric-table.js'
import type { Metrics } from './metrics.js'

/** One value of a process, in a form that survives JSON: labels that are left out are null. */
export type Figure = readonly [family: string, labels: readonly (string | null)[], value: number | HistogramState]

const families: ReadonlyMap<string, MetricFamily> = new Map(Object.values(metricTable).map(one => [one.name, one]))

/** The values of this process, made one at a time. @param format of the page on which they will be: only OpenMetrics shows exemplars */
export function* figuresOf(metrics: Metrics, format: ExpositionFormat): Iterable<Figure> {
  for (const { family, samples } of metrics.collect()) {
    for (const [labels, value] of samples) {
      const written = labels.map(label => label ?? null)
      if (typeof value === 'number') yield [family.name, written, value]
      else {
        yield [family.name, written, value.state]
        if (format === 'openmetrics') value.scraped()
      }
    }
  }
}

interface WorkerFigures {
  /** Counters and histograms of the processes that had this number and ended. */
  readonly before: Sums
  latest: readonly Figure[]
}

/**
 * The figures of all workers of a server as one page.
 *
 * Counters and histograms are sums that never go back: the last figures of a worker that ended, or does not answer, stay in them. Gauges are
 * sums over the workers that answered. What tells of one process has the label `worker`: its number, which the worker that replaces it
 * inherits, so that restarts add no series.
 */
export class PooledMetrics {
  private readonly workers = new Map<number, WorkerFigures>()

  /** Takes what a worker reports. */
  take(worker: number, figures: readonly Figure[]): void {
    this.of(worker).latest = figures
  }

  /** The worker ended. Another may get its number. */
  ended(worker: number): void {
    const { before, latest } = this.of(worker)
    for (const figure of latest) if (!isGauge(figure)) before.add(figure)
    this.take(worker, [])
  }

  /** @param answered of each worker: whether its figures are of now */
  *collect(answered: ReadonlyMap<number, boolean>): Iterable<Collected> {
    const sums = new Sums()
    for (const [worker, { before, latest }] of this.workers) {
      for (const figure of before.figures()) sums.add(figure, worker)
      for (const figure of latest) if (answered.get(worker) === true || !isGauge(figure)) sums.add(figure, worker)
    }
    yield* sums.collect()
    const samples = [...answered].map(([worker, isOfNow]) => [[String(worker)], isOfNow ? 1 : 0] as const)
    yield { family: metricTable.workerAnswered, samples }
  }

  private of(worker: number): WorkerFigures {
    let found = this.workers.get(worker)
    if (found === undefined) {
      found = { before: new Sums(), latest: [] }
      this.workers.set(worker, found)
    }
    return found
  }
}

function isGauge([name]: Figure): boolean {
  return families.get(name)?.type === 'gauge'
}

interface Sum {
  readonly labels: LabelValues
  value: number | Histogram
}

/** Figures with the same labels, added up. */
class Sums {
  private readonly all = new Map<string, Map<string, Sum>>()

  /** @param worker whose figure it is, if figures of one process shall have a label for it */
  add([name, written, value]: Figure, worker?: number): void {
    const labels = written.map(label => label ?? undefined)
    if (worker !== undefined && families.get(name)?.perWorker === true) labels.push(String(worker))
    const sum = this.sumOf(name, labels, typeof value !== 'number')
    if (typeof value === 'number') sum.value = (sum.value as number) + value
    else (sum.value as Histogram).add(value)
  }

  *figures(): Iterable<Figure> {
    for (const [name, sums] of this.all)
      for (const { labels, value } of sums.values())
        yield [name, labels.map(label => label ?? null), typeof value === 'number' ? value : value.state]
  }

  /** In the order of the table. */
  *collect(): Iterable<Collected> {
    for (const family of families.values()) {
      const sums = this.all.get(family.name)
      if (sums === undefined) continue
      const labels = family.perWorker === true ? [...family.labels, 'worker'] : family.labels
      const samples = [...sums.values()].map(({ labels, value }) => [labels, value] as const)
      yield { family: { ...family, labels }, samples }
    }
  }

  private sumOf(name: string, labels: LabelValues, isHistogram: boolean): Sum {
    let sums = this.all.get(name)
    if (sums === undefined) {
      sums = new Map()
      this.all.set(name, sums)
    }
    const key = labels.join('\n')
    const found = sums.get(key)
    if (found !== undefined) return found
    // Workers may have called different endpoints, and each new worker others.
    if (sums.size >= mostSeries && labels.some(label => label !== other))
      return this.sumOf(
        name,
        labels.map(() => other),
        isHistogram,
      )
    const made = { labels, value: isHistogram ? new Histogram() : 0 }
    sums.set(key, made)
    return made
  }
}
