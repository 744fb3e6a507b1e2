import { type Measured, type Result, type ResultHeader, resultOf } from './result.js'
import type { Settings } from './settings.js'
import { machine, resultTable } from './table.js'

/** What a run has measured so far, and what it could not measure. Prints both as they come. */
export class Report {
  readonly results: Result[] = []
  /** What was not measured, with the reason behind it: `gRPC C++ (no g++)`. */
  readonly leftOut: string[] = []
  /** Of what was measured beside polywire and is no package of npm's: `gRPC Go` is `1.33.3, Go 1.19.8`. */
  readonly versions: Record<string, string> = {}
  /** Whether something failed that this machine should be able to measure. */
  hasFailures = false

  constructor(readonly settings: Settings) {}

  add(header: ResultHeader, contenders: readonly Measured[]): void {
    if (contenders.length === 0) return
    const result = resultOf(header, contenders)
    this.results.push(result)
    console.log(`\n${header.title}\n${machine()}\n${resultTable(result)}`)
  }

  /** Leaves out what this machine has no programs for. */
  leaveOut(what: string, reason: string): void {
    this.leftOut.push(`${what} (${reason})`)
    console.log(`Left out: ${what}: ${reason}`)
  }

  /** Leaves out what fails, so that the rest of the run counts. @returns undefined if it failed */
  async attempt<T>(what: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      this.hasFailures = true
      console.error(error)
      const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
      this.leaveOut(what, reason)
      return undefined
    }
  }
}
