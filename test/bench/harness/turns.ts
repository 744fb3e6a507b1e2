import type { Report } from './report.js'

/** What one contender measured in every round, in order. */
export interface Turns<C, F> {
  readonly one: C
  readonly rounds: readonly F[]
}

export interface TurnOptions {
  /** Default: that of the settings. */
  readonly rounds?: number
  /** Whether code is hot before the first turn, which then counts. Default: false. */
  readonly isHot?: boolean
}

/**
 * Lets contenders take turns, so that what disturbs the machine disturbs neighbours in a round alike. The first turn of each only makes its code
 * hot. A contender whose turn fails is left out of every round, and the others go on.
 */
export async function takeTurns<C extends { readonly name: string }, F>(
  report: Report,
  contenders: readonly C[],
  turn: (one: C) => Promise<F>,
  { rounds = report.settings.rounds, isHot = false }: TurnOptions = {},
): Promise<readonly Turns<C, F>[]> {
  let left = contenders.map(one => ({ one, rounds: [] as F[] }))
  for (let round = isHot ? 0 : -1; round < rounds; round++) {
    const first = (round + 1) % Math.max(1, left.length)
    for (const entry of [...left.slice(first), ...left.slice(0, first)]) {
      const figures = await report.attempt(entry.one.name, async () => ({ of: await turn(entry.one) }))
      if (figures === undefined) left = left.filter(other => other !== entry)
      else if (round >= 0) entry.rounds.push(figures.of)
    }
  }
  return left
}
