import { type Measured, type Result, type ResultHeader, resultOf } from './result.js'
import type { Settings } from './settings.js'
import { machine, resultTable } from './table.js'

/** What a run has measured so far. Prints each result as it comes. */
export class Report {
  readonly results: Result[] = []

  constructor(readonly settings: Settings) {}

  add(header: ResultHeader, contenders: readonly Measured[]): void {
    if (contenders.length === 0) return
    const result = resultOf(header, contenders)
    this.results.push(result)
    console.log(`\n${header.title}\n${machine()}\n${resultTable(result)}`)
  }
}
