import { WorkerProcess } from './processes.js'
import type { Report } from './report.js'
import type { ResultHeader } from './result.js'

/** Calls of one process that reach no other, by name. */
export interface LoneCalls {
  /** Calls at a time. */
  readonly inFlight: number
  readonly cases: Readonly<Record<string, () => Promise<unknown>>>
}

/** What is asked of the process: the CPU of one case. */
export interface LoneTurn {
  readonly name: string
  readonly calls: number
}

const callsPerTurn = 50_000

/**
 * Measures the CPU of calls that reach no other process. They have one of their own: what this one ran before, such as the first context of
 * `AsyncLocalStorage`, can make every promise of it dearer.
 *
 * @param module exports `LoneCalls`
 */
export async function compareAlone(report: Report, module: string, header: ResultHeader): Promise<void> {
  const worker = new WorkerProcess(header.id, [module], {
    path: new URL('./alone-worker.js', import.meta.url),
    flags: process.execArgv,
  })
  try {
    const names = (await worker.receive()) as readonly string[]
    const measured = names.map(name => ({ name: `polywire, ${name}`, of: name, rounds: [] as { cpu: number }[] }))
    // The first round only makes the code hot. There are more than of others, since a turn is short.
    for (let round = -1; round < 2 * report.settings.rounds; round++) {
      for (const { of, rounds } of measured) {
        const cpu = (await worker.ask({ name: of, calls: callsPerTurn } satisfies LoneTurn)) as number
        if (round >= 0) rounds.push({ cpu })
      }
    }
    report.add(header, measured)
  } finally {
    worker.end()
  }
}
