type Range = readonly [first: number, last: number]

/** Those of the ranges that others do not cover, as texts: `7`, `9 to 11`. */
export function missingRanges(ranges: readonly Range[], others: readonly Range[]): string[] {
  return ranges
    .filter(range => !isCovered(range, others))
    .map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`))
}

function isCovered([first, last]: Range, others: readonly Range[]): boolean {
  let next = first
  for (const [start, end] of [...others].sort((one, other) => one[0] - other[0])) {
    if (start > next) return false
    if (end >= next) next = end + 1
    if (next > last) return true
  }
  return false
}
