import { WorkerProcess } from './harness/processes.js'
import type { Report } from './harness/report.js'
import { machine, printTable } from './harness/table.js'
import type { Outcomes, SoakTargets } from './soak/callers.js'
import { growthOf } from './soak/growth.js'
import type { Reading } from './soak/reading.js'

const legs = 12

/**
 * Calls without a pause over every protocol, with declared errors, cancellations, deadlines, streams that are left, connections that are
 * opened again and connections that are cut. After each of twelve legs both processes close what is open, collect, and say what they hold.
 *
 * @throws Error where the heap, the handles or the timers of either side grew, or a call ended as it should not
 */
export async function run({ settings: { minutes } }: Report): Promise<void> {
  const path = new URL('./soak/worker.js', import.meta.url)
  const program = { path, flags: [...process.execArgv, '--expose-gc'] }
  const server = new WorkerProcess('the server', ['serve'], program)
  let client: WorkerProcess | undefined
  try {
    const targets = (await server.receive()) as SoakTargets
    client = new WorkerProcess('the client', ['call', JSON.stringify(targets)], program)
    await client.receive()
    const readings: { readonly client: Reading; readonly server: Reading; readonly outcomes: Outcomes }[] = []
    const duration = (minutes * 60_000) / legs
    for (let leg = 0; leg < legs; leg++) {
      const outcomes = (await client.ask(duration, duration)) as Outcomes
      readings.push({
        outcomes,
        client: (await client.ask('read')) as Reading,
        server: (await server.ask('read')) as Reading,
      })
      console.log(`leg ${leg + 1} of ${legs}: ${JSON.stringify(outcomes)}`)
    }
    console.log(`\nSoak, ${minutes} minutes\n${machine()}`)
    printTable([
      ['', 'calls', 'client MiB', 'client handles', 'server MiB', 'server handles'],
      ...readings.map(({ client, server, outcomes }, leg) => [
        `leg ${leg + 1}`,
        String(Object.values(outcomes).reduce((sum, count) => sum + count, -outcomes.reconnects)),
        ...[client, server].flatMap(({ heap, handles }) => [(heap / 2 ** 20).toFixed(2), handlesText(handles)]),
      ]),
    ])
    const growth = (['client', 'server'] as const).flatMap(who =>
      growthOf(
        who,
        readings.map(reading => reading[who]),
      ),
    )
    if (growth.length > 0) throw new Error(growth.join('; '))
    console.log('Heap, handles and timers are flat.')
  } finally {
    client?.end()
    server.end()
  }
}

function handlesText(handles: Reading['handles']): string {
  return Object.entries(handles)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}
