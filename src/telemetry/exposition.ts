import { durationBounds, type Exemplar, type Histogram } from './histogram.js'
import type { MetricFamily } from './metric-table.js'

/** Values of labels, in the order of the family's labels. `undefined` leaves the label out. */
export type LabelValues = readonly (string | undefined)[]

/** A family with its values. */
export interface Collected {
  readonly family: MetricFamily
  readonly samples: Iterable<readonly [LabelValues, number | Histogram]>
}

/** How metrics are written: OpenMetrics, with exemplars, or the older text format of Prometheus. */
export type ExpositionFormat = 'openmetrics' | 'text'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

/**
 * Writes families, a sample at a time, so that a page of many samples can be written in turns. Nothing may be counted within one.
 *
 * Sources: OpenMetrics 1.0; Prometheus, "Exposition formats".
 */
export function* expose(families: Iterable<Collected>, format: ExpositionFormat): Iterable<string> {
  for (const { family, samples } of families) {
    const { name, type, help, labels } = family
    const isOpen = format === 'openmetrics'
    const full = type === 'counter' ? `${name}_total` : name
    const titled = isOpen ? name : full
    let lines = [`# HELP ${titled} ${escaped(help)}`, `# TYPE ${titled} ${type}`]
    for (const [values, value] of samples) {
      const set = labelSet(labels, values)
      if (typeof value === 'number') lines.push(`${full}${braced(set)} ${numberText(value)}`)
      else writeHistogram(name, set, { histogram: value, isOpen, lines })
      yield `${lines.join('\n')}\n`
      lines = []
    }
  }
  if (format === 'openmetrics') yield '# EOF\n'
}

interface HistogramText {
  readonly histogram: Histogram
  readonly isOpen: boolean
  readonly lines: string[]
}

function writeHistogram(name: string, set: string, { histogram, isOpen, lines }: HistogramText): void {
  const { counts, exemplars, sum, count } = histogram
  let total = 0
  for (let at = 0; at < counts.length; at++) {
    total += counts[at] as number
    const bound = durationBounds[at]
    const le = `le="${bound === undefined ? '+Inf' : numberText(bound)}"`
    const exemplar = isOpen ? exemplarText(exemplars[at]) : ''
    lines.push(`${name}_bucket${braced(set === '' ? le : `${set},${le}`)} ${total}${exemplar}`)
  }
  if (isOpen) histogram.scraped()
  lines.push(`${name}_sum${braced(set)} ${numberText(sum)}`, `${name}_count${braced(set)} ${count}`)
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { traceId, spanId, value, at } = exemplar
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${at.toFixed(3)}`
}

function labelSet(names: readonly string[], values: LabelValues): string {
  const set: string[] = []
  for (const [at, name] of names.entries()) {
    const value = values[at]
    if (value !== undefined) set.push(`${name}="${escaped(value)}"`)
  }
  return set.join(',')
}

function braced(set: string): string {
  return set === '' ? '' : `{${set}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
