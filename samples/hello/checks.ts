/** What the sample checks, and whether each check held. */
export class Checks {
  private readonly results: { readonly what: string; readonly held: boolean }[] = []

  expect(what: string, held: boolean): void {
    this.results.push({ what, held })
    console.log(`  ${held ? 'ok    ' : 'FAILED'} ${what}`)
  }

  /** Prints the summary. @returns the exit code */
  finish(seconds: number): number {
    const failed = this.results.filter(({ held }) => !held)
    const count = this.results.length
    console.log(`\n${count - failed.length} of ${count} promises held, in ${seconds.toFixed(1)} s.`)
    for (const { what } of failed) console.log(`  not held: ${what}`)
    return failed.length === 0 ? 0 : 1
  }
}

/** A table row for each entry, with a bar. */
export function printCounts(counts: ReadonlyMap<string, number>, names: readonly string[]): void {
  const most = Math.max(1, ...counts.values())
  for (const name of names) {
    const count = counts.get(name) ?? 0
    console.log(`    ${name.padEnd(18)} ${String(count).padStart(5)}  ${'#'.repeat(Math.round((count / most) * 40))}`)
  }
}
