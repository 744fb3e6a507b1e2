import { type Measure, measures } from './measures.js'
import type { Result, ResultRow, Spread } from './result.js'
import type { Settings } from './settings.js'
import { printTable, ratioText } from './table.js'

/** A ratio that got worse by more than its tolerance. */
export interface Fallen {
  readonly id: string
  readonly name: string
  readonly reference: string
  readonly measure: Measure
  readonly before: number
  readonly now: number
}

/** What a comparison with an earlier run found. */
export interface Check {
  /** Ratios that did not fall. */
  readonly held: number
  readonly fallen: readonly Fallen[]
  /** Rows of polywire's with a ratio that the earlier run does not have, as `grpc.unary: polywire grpc (calls/s)`. */
  readonly unknown: readonly string[]
  /** Rows of the earlier run that a result of this one lacks, as `grpc.unary: polywire grpc`. Curves may be shorter, as with `--quick`. */
  readonly gone: readonly string[]
}

/**
 * Compares polywire's ratios with those of an earlier run. The better quartile of the new rounds counts, so that rounds which other work of the
 * machine disturbed do not make a ratio fall.
 */
export function checked(committed: readonly Result[], fresh: readonly Result[]): Check {
  const fallen: Fallen[] = []
  const unknown: string[] = []
  const gone: string[] = []
  let held = 0
  for (const { id, rows, axis } of fresh) {
    const before = committed.find(result => result.id === id)?.rows ?? []
    const isThere = (old: ResultRow) => rows.some(({ name }) => name === old.name)
    if (axis === undefined)
      gone.push(...before.filter(old => isCompared(old) && !isThere(old)).map(({ name }) => `${id}: ${name}`))
    for (const row of rows.filter(isCompared)) {
      const { name, reference = '' } = row
      const old = before.find(one => one.name === name && one.reference === row.reference)
      const missing: string[] = []
      for (const measure of Object.keys(row.ratios) as Measure[]) {
        const [was, ratio] = [old?.ratios[measure]?.median, row.ratios[measure]]
        if (was === undefined || ratio === undefined) missing.push(measures[measure].title)
        else if (holds(measure, was, ratio)) held++
        else fallen.push({ id, name, reference, measure, before: was, now: ratio.median })
      }
      if (missing.length > 0) unknown.push(`${id}: ${name} (${missing.join(', ')})`)
    }
  }
  return { held, fallen, unknown, gone }
}

/** A reference's ratio to itself says nothing, and peers are free to get slower. */
function isCompared({ name, reference }: ResultRow): boolean {
  return name !== reference && name.startsWith('polywire')
}

function holds(measure: Measure, before: number, { low, high }: Spread): boolean {
  const { better, tolerance = 0 } = measures[measure]
  return better === 'more' ? high >= before * (1 - tolerance) : low <= before * (1 + tolerance)
}

/** The benchmarks to repeat, and the contenders: those of the ratios that fell, and what they are compared with. */
export function toRepeat({ fallen }: Check): { readonly names: readonly string[]; readonly only: readonly string[] } {
  return {
    names: [...new Set(fallen.map(({ id }) => id.split('.', 1)[0] ?? id))],
    only: [...new Set(fallen.flatMap(({ name, reference }) => [name, reference]))],
  }
}

/**
 * The check after the benchmarks of what fell were run again. A ratio that holds now was disturbed. One that was not measured again stays
 * fallen.
 */
export function confirmed({ held, fallen, unknown, gone }: Check, again: readonly Result[]): Check {
  const left = fallen.filter(({ id, name, measure, before }) => {
    const ratio = again.find(result => result.id === id)?.rows.find(row => row.name === name)?.ratios[measure]
    return ratio === undefined || !holds(measure, before, ratio)
  })
  return { held: held + fallen.length - left.length, fallen: left, unknown, gone }
}

/**
 * Prints what fell, and what the committed results do not have.
 *
 * @returns whether something was compared, nothing fell, and nothing was unknown or gone; `--only` leaves contenders out, so it allows both
 */
export function printCheck({ held, fallen, unknown, gone }: Check, { only }: Settings): boolean {
  console.log(`${held} ratios of polywire's hold, ${fallen.length} fell.`)
  if (held + fallen.length === 0) console.log('Nothing was compared: docs/performance/results.json has none of these.')
  if (unknown.length > 0) console.log(`docs/performance/results.json has no ratio of\n- ${unknown.join('\n- ')}`)
  if (gone.length > 0 && only === undefined) console.log(`This run did not measure\n- ${gone.join('\n- ')}`)
  if (fallen.length > 0) {
    printTable([
      ['', 'measure', 'committed', 'now', 'tolerance'],
      ...fallen.map(({ id, name, measure, before, now }) => [
        `${id}: ${name}`,
        measures[measure].title,
        ratioText(before),
        ratioText(now),
        `${(measures[measure].tolerance ?? 0) * 100} %`,
      ]),
    ])
  }
  return held > 0 && fallen.length === 0 && (unknown.length + gone.length === 0 || only !== undefined)
}
