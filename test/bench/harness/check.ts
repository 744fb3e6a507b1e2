import { type Measure, measures } from './measures.js'
import type { Result, ResultRow } from './result.js'
import { printTable, ratioText } from './table.js'

/** A ratio that got worse by more than its tolerance. */
export interface Fallen {
  readonly id: string
  readonly name: string
  readonly measure: Measure
  readonly before: number
  readonly now: number
}

/**
 * Compares polywire's ratios with those of an earlier run. The better quartile of the new rounds counts, so that rounds which other work of the
 * machine disturbed do not make a ratio fall.
 */
export function fallen(committed: readonly Result[], fresh: readonly Result[]): { held: number; fallen: Fallen[] } {
  const found: Fallen[] = []
  let held = 0
  for (const { id, rows } of fresh) {
    const before = committed.find(result => result.id === id)?.rows ?? []
    for (const row of rows) {
      for (const [measure, old, now, holds] of comparisons(before, row)) {
        if (holds) held++
        else found.push({ id, name: row.name, measure, before: old, now })
      }
    }
  }
  return { held, fallen: found }
}

function* comparisons(before: readonly ResultRow[], row: ResultRow): Iterable<[Measure, number, number, boolean]> {
  const old = before.find(({ name, reference }) => name === row.name && reference === row.reference)
  if (old === undefined || row.name === row.reference || !row.name.startsWith('polywire')) return
  for (const [name, ratio] of Object.entries(row.ratios)) {
    const measure = name as Measure
    const was = old.ratios[measure]?.median
    const { better, tolerance = 0 } = measures[measure]
    if (was === undefined) continue
    const holds = better === 'more' ? ratio.high >= was * (1 - tolerance) : ratio.low <= was * (1 + tolerance)
    yield [measure, was, ratio.median, holds]
  }
}

/** Prints what fell. @returns whether something was compared and nothing fell */
export function printCheck(committed: readonly Result[], fresh: readonly Result[]): boolean {
  const { held, fallen: found } = fallen(committed, fresh)
  console.log(`${held} ratios of polywire's hold, ${found.length} fell.`)
  if (held + found.length === 0) console.log('Nothing was compared: docs/performance/results.json has none of these.')
  if (found.length > 0) {
    printTable([
      ['', 'measure', 'committed', 'now', 'tolerance'],
      ...found.map(({ id, name, measure, before, now }) => [
        `${id}: ${name}`,
        measures[measure].title,
        ratioText(before),
        ratioText(now),
        `${(measures[measure].tolerance ?? 0) * 100} %`,
      ]),
    ])
  }
  return held > 0 && found.length === 0
}
