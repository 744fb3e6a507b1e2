import { compare, medianRatio, type RoundFigures } from './harness/compare.js'
import type { Report } from './harness/report.js'
import { printTarget } from './harness/table.js'

const off = 'not observed'
/** What every process with an OpenTelemetry SDK pays to Node before Node 24. */
const context = 'a context in use'

/** The least share of calls for the same CPU that what watches a call must leave, and of what. */
const observed = [
  { name: 'metrics', variant: 'metrics', of: off, least: 0.95 },
  { name: 'traces, 1 % sampled', variant: 'traced', of: context, least: 0.93 },
  { name: 'both', variant: 'all', of: context, least: 0.9 },
]

/**
 * Prints what it costs to watch unary gRPC calls on both sides, 64 in flight; every client and every server is a process of its own.
 *
 * The targets are about CPU, both sides together: calls a second depend on which side is busy, and on what else the machine does.
 */
export async function run(report: Report): Promise<void> {
  const module = new URL('./telemetry/over-grpc.js', import.meta.url).href
  const alone = [
    { name: off, variant: 'off' },
    { name: context, variant: 'context' },
    { name: 'two spans of the SDK for 1 % of calls, by hand', variant: 'spans' },
    { name: 'traces, 1 % sampled by the SDK', variant: 'sdk' },
  ]
  const contenders = [...alone, ...observed].map(({ name, variant }) => ({
    name: `polywire, ${name}`,
    variant,
    module,
  }))
  const results = await compare(contenders, report)
  report.add(
    { id: 'telemetry.unary', title: 'Observers: gRPC, unary, 64 in flight', reference: `polywire, ${off}` },
    results,
  )
  for (const { name, of, least } of observed) {
    const [without, one] = [of, name].map(wanted => results.find(result => result.name === `polywire, ${wanted}`))
    if (without === undefined || one === undefined) continue
    const ratio = medianRatio(without, one, cpu)
    printTarget(`calls for the same CPU with ${name}, of ${of}, at least ${least}`, ratio, ratio >= least)
  }
}

function cpu({ clientCpu, serverCpu }: RoundFigures): number {
  return clientCpu + serverCpu
}
