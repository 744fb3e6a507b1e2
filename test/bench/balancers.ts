import { writeFile } from 'node:fs/promises'
import type { BalancerFactory } from '../../src/balancers/balancer.js'
import { builtInBalancers } from '../../src/balancers/built-in.js'
import { drawChart } from './balancers/chart.js'
import { type Result, type Scenario, simulate } from './balancers/simulation.js'
import { printTable, printTarget, tableOf } from './harness/table.js'
import { measurePicks } from './picks.js'

const common = {
  servers: 1000,
  clients: 10_000,
  subset: 20,
  slots: 4,
  work: 32,
  network: 1,
  load: 0.6,
  warmUp: 10_000,
  measured: 10_000,
  weighted: false,
}

const equal: Scenario = { ...common, speeds: [{ speed: 1, share: 1 }], steady: Number.POSITIVE_INFINITY }
const unequal: Scenario = {
  ...common,
  speeds: [
    { speed: 1, share: 0.7 },
    { speed: 0.5, share: 0.2 },
    { speed: 0.25, share: 0.1 },
  ],
  steady: 30_000,
}

/** Simulates every balancer on an equal and an unequal fleet, prints the tables and writes docs/reference/balancers.md and its chart. */
export async function run(): Promise<void> {
  const onEqual = simulateAll(equal)
  const onUnequal = simulateAll(unequal)
  onUnequal.set(
    'weighted-round-robin, weights known',
    simulate(builtInBalancers.get('weighted-round-robin') as BalancerFactory, { ...unequal, weighted: true }),
  )
  console.log('\nEqual fleet\n')
  printTable(rowsOf(onEqual))
  console.log('Unequal and changing fleet\n')
  printTable(rowsOf(onUnequal))
  const p99 = (results: Results, name: string) => (results.get(name) as Result).p99
  const gain = p99(onUnequal, 'round-robin') / p99(onUnequal, 'adaptive')
  const loss = p99(onEqual, 'adaptive') / p99(onEqual, 'round-robin')
  printTarget("round-robin's p99 over adaptive's, unequal fleet, 2 or more", gain, gain >= 2)
  printTarget("adaptive's p99 over round-robin's, equal fleet, 1 or less", loss, loss <= 1)
  const picks = measurePicks()
  printTable(picks)
  const docs = new URL('../../../docs/reference/', import.meta.url)
  await writeFile(new URL('balancers.md', docs), page(onEqual, onUnequal, picks))
  await writeFile(
    new URL('balancers.svg', docs),
    drawChart({
      title: 'Latency on an unequal, changing fleet of 1,000 servers, in ms (logarithmic scale)',
      unit: 'ms',
      series: ['p50', 'p99', 'p99.9'],
      rows: [...onUnequal].map(([name, { p50, p99, p999 }]) => ({ name, values: [p50, p99, p999] })),
    }),
  )
}

type Results = Map<string, Result>

function simulateAll(scenario: Scenario): Results {
  return new Map([...builtInBalancers].map(([name, factory]) => [name, simulate(factory, scenario)]))
}

function rowsOf(results: Results): string[][] {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`
  return [
    ['ms', 'mean', 'p50', 'p99', 'p99.9', 'idlest tenth', 'busiest tenth'],
    ...[...results].map(([name, { mean, p50, p99, p999, idlest, busiest }]) => [
      name,
      ...[mean, p50, p99, p999].map(value => value.toFixed(0)),
      percent(idlest),
      percent(busiest),
    ]),
  ]
}

function page(onEqual: Results, onUnequal: Results, picks: readonly (readonly string[])[]): string {
  const calls = ([...onUnequal.values()][0] as Result).calls.toLocaleString('en')
  const [servers, clients] = [common.servers, common.clients].map(count => count.toLocaleString('en'))
  const speeds = unequal.speeds.map(({ speed, share }) => `${share * 100} % work at speed ${speed}`)
  return `# Balancers compared

\`npm run bench -- balancers\` writes this page. It simulates a fleet in virtual time from a fixed seed, so its latencies are the same in
every run. [Balancing](../guide/balancing.md) says what each balancer does and when to choose it.

- **Fleet.** ${servers} servers with ${common.slots} slots each, and ${clients} clients. Each client has its own channel to ${common.subset} random servers, and
  does not see what other clients do.
- **Load.** ${common.load * 100} % of what the whole fleet can take, as a Poisson process. A call is ${common.work} ms of work on average (exponential) and ${common.network} ms on the
  network. Nothing is retried.
- **Measured.** Each run warms up for ${common.warmUp / 1000} s, then counts about ${calls} calls in ${common.measured / 1000} s. Calls still queued at the end are not counted, which
  flatters balancers that let queues grow. The last two columns are how busy the slots of the idlest and of the busiest tenth of the servers
  were.

## A fleet of unequal, changing servers

${sentence(speeds)}. Each server's speed is drawn again every ${unequal.steady / 1000} s on average,
and no client is told. Balancers that do not measure send the slowest servers more than they can do, and their queues grow for as long as
they stay slow.

![Latency on the unequal fleet](balancers.svg)

${tableOf(rowsOf(onUnequal))}
\`weights known\`: the weight of each endpoint is the speed that it had at the start.

## A fleet of equal servers

${tableOf(rowsOf(onEqual))}
## What a pick costs

Nanoseconds of CPU for a pick with the start and the end of its attempt, with 10,000 endpoints and 64 calls in flight. These are medians on
the machine that wrote this page, so read them as orders of magnitude.

${tableOf(picks)}`
}

function sentence(parts: readonly string[]): string {
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
