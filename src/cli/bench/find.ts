/** The interval is narrow enough when it is this share of the highest rate that held. */
const precision = 0.05
const highest = 1_000_000

/** What a search has found. */
export interface Found {
  /** The highest rate that held. */
  readonly held: number | undefined
  /** The lowest rate that did not. */
  readonly failed: number | undefined
}

/**
 * Searches the highest rate that holds: it doubles the rate until one does not, and then halves the interval between the two.
 * @param low where to begin
 * @param high where to end; undefined: wherever a rate does not hold
 * @param holds runs a rate; undefined: it was interrupted
 */
export async function findRate(
  low: number,
  high: number | undefined,
  holds: (rate: number) => Promise<boolean | undefined>,
): Promise<Found> {
  let held: number | undefined
  let failed: number | undefined
  for (let rate: number | undefined = low; rate !== undefined; rate = next(held, failed, high)) {
    const answer = await holds(rate)
    if (answer === undefined) break
    if (answer) held = rate
    else failed = rate
  }
  return { held, failed }
}

function next(held: number | undefined, failed: number | undefined, high = highest): number | undefined {
  if (held === undefined || held >= high) return undefined
  if (failed === undefined) return high < highest ? high : Math.min(highest, held * 2)
  const middle = Math.round((held + failed) / 2)
  const isNarrow = failed - held <= held * precision || middle === held || middle === failed
  return isNarrow ? undefined : middle
}
