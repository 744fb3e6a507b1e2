import { type Measure, measures } from '../harness/measures.js'
import type { Result, ResultRow } from '../harness/result.js'
import { tableOf } from '../harness/table.js'

/** Marks of a limit, not something that one would use. */
const limits = /^bare /
/** Beside those with a ratio. */
const alsoJudged: ReadonlySet<Measure> = new Set(['p50', 'p99', 'clientMemory', 'serverMemory'])
const judged = (Object.keys(measures) as Measure[]).filter(
  one => measures[one].tolerance !== undefined || alsoJudged.has(one),
)
/** Differences below it are noise. */
const least = 1.05

/** The best peer of each of polywire's rows and measures, where it is ahead. */
export function peersAhead(results: readonly Result[]): string {
  const rows = results.flatMap(({ title, rows }) =>
    rows
      .filter(({ name }) => name.startsWith('polywire'))
      .flatMap(own => judged.flatMap(measure => aheadOf(title, own, peersOf(own, rows), measure))),
  )
  return tableOf([['work', 'polywire as', 'measure', 'polywire', 'peer', 'the peer', 'better by'], ...rows])
}

function peersOf(own: ResultRow, rows: readonly ResultRow[]): readonly ResultRow[] {
  return rows.filter(
    ({ name, reference }) => !name.startsWith('polywire') && !limits.test(name) && reference === own.reference,
  )
}

function aheadOf(work: string, own: ResultRow, peers: readonly ResultRow[], measure: Measure): string[][] {
  const { better, title, digits } = measures[measure]
  const figure = own.figures[measure]?.median
  if (figure === undefined) return []
  let best: { name: string; figure: number; factor: number } | undefined
  for (const { name, figures } of peers) {
    const theirs = figures[measure]?.median
    if (theirs === undefined) continue
    const factor = better === 'more' ? theirs / figure : figure / theirs
    if (factor >= (best?.factor ?? least)) best = { name, figure: theirs, factor }
  }
  if (best === undefined) return []
  const shown = [figure.toFixed(digits), best.name, best.figure.toFixed(digits), `${best.factor.toFixed(2)} x`]
  return [[work, own.name, title, ...shown]]
}
