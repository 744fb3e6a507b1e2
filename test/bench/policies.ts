import { compareAlone } from './harness/alone.js'
import { compare, medianRatio } from './harness/compare.js'
import type { Report } from './harness/report.js'
import { printTarget } from './harness/table.js'

export async function run(report: Report): Promise<void> {
  await eachAlone(report)
  await overGrpc(report)
}

/** Prints what each policy costs a call that succeeds, on the caller's side alone: no codec, no socket. */
async function eachAlone(report: Report): Promise<void> {
  const title = "Policies: the caller's side alone"
  const header = { id: 'policies.alone', title, reference: 'polywire, none' }
  await compareAlone(report, new URL('./policies/alone.js', import.meta.url).href, header)
}

/** What stands between a caller and the wire, each beside the same without: a second connection alone costs something too. */
const stacks = [
  { name: 'the default stack', variant: 'default', without: 'bare' },
  { name: 'all of the typical ones, 2 endpoints', variant: 'typical', without: 'bare, two' },
]

/** Prints how much of gRPC's throughput policies leave; every client and every server is a process of its own. */
async function overGrpc(report: Report): Promise<void> {
  const module = new URL('./policies/over-grpc.js', import.meta.url).href
  const contenders = stacks.flatMap(({ name, variant, without }) => [
    { name: `polywire, ${without}`, module, variant: without },
    { name: `polywire, ${name}`, module, variant },
  ])
  const results = await compare(contenders, report)
  report.add(
    { id: 'policies.grpc', title: 'Policies: gRPC, unary, 64 in flight', reference: 'polywire, bare' },
    results,
  )
  for (const { name, without } of stacks) {
    const [guarded, bare] = [name, without].map(wanted => results.find(result => result.name === `polywire, ${wanted}`))
    if (guarded === undefined || bare === undefined) continue
    const ratio = medianRatio(guarded, bare, ({ callsPerSecond }) => callsPerSecond)
    printTarget(`calls a second with ${name}, of those without any policy, at least 0.9`, ratio, ratio >= 0.9)
  }
}
