/**
 * Whether a name is probably meant to be another: up to two letters differ, only upper and lower case do, or its package is missing. Names
 * that differ in their digits alone (`shop.v1.Orders`, `shop.v2.Orders`) are two versions.
 */
export function misspelt(name: string, meant: string): boolean {
  if (name === meant || name.replace(/\d+/g, '') === meant.replace(/\d+/g, '')) return false
  if (meant.endsWith(`.${name}`)) return true
  const [written, wanted] = [name.toLowerCase(), meant.toLowerCase()]
  return Math.abs(written.length - wanted.length) <= 2 && distance(written, wanted) <= 2
}

/** The number of letters to insert, delete or replace. Source: V. Levenshtein, 1966. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row.at(-1) as number
}
