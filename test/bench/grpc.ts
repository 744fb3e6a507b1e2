import { foreignEchoes, withForeignPrograms } from './grpc/foreign-programs.js'
import { idleConnections } from './grpc/idle.js'
import { serverAlone } from './grpc/server-alone.js'
import { waitingCalls } from './grpc/waiting.js'
import { type ComparisonOptions, compare } from './harness/compare.js'
import type { Contender } from './harness/contender.js'
import type { Report } from './harness/report.js'
import { printBottleneck } from './harness/table.js'

const own = 'polywire grpc'
const modules = {
  [own]: 'polywire',
  'grpc-js': 'grpc-js',
  'nice-grpc': 'nice-grpc',
  'NestJS gRPC': 'nest',
  'connect-node (gRPC)': 'connect',
  'bare frames': 'frames',
}
type Name = keyof typeof modules

/** nice-grpc and NestJS run on grpc-js, so what they add shows in unary calls. */
const all: readonly Name[] = [own, 'grpc-js', 'nice-grpc', 'NestJS gRPC', 'connect-node (gRPC)', 'bare frames']
const some: readonly Name[] = [own, 'grpc-js', 'connect-node (gRPC)']

/** gRPC against others; every client and every server is a process of its own. What takes long is not in a quick run. */
export async function run(report: Report): Promise<void> {
  const { quick } = report.settings
  await withForeignPrograms(report, quick ? [] : foreignEchoes, async programs => {
    const work = async (
      variant: string,
      title: string,
      names: readonly Name[],
      options: ComparisonOptions,
    ): Promise<void> => {
      const contenders = [
        ...names.map(name => ({ name, module: moduleOf(modules[name]), variant })),
        ...[...programs].flatMap(([name, program]) => foreign(name, `${variant} ${program}`, names === all)),
      ]
      const results = await compare(contenders, report, options)
      report.add({ id: `grpc.${variant}`, title, reference: 'grpc-js' }, results)
      printBottleneck(results, own)
    }
    await work('unary', 'gRPC, unary, 64 in flight', all, { inFlight: 64 })
    await work('latency', 'gRPC, unary, one at a time', all, { inFlight: 1 })
    await report.attempt('gRPC server alone', () => serverAlone(report, programs))
    await work('stream', 'gRPC, server streaming, 5,000 messages of 100 bytes a call', some, { inFlight: 1 })
    // The first hundred calls after a pause are slow on both sides.
    await work('large', 'gRPC, echo of 1 MiB, 4 in flight', some, { inFlight: 4, shortest: 500 })
  })
  await manyInFlight(report)
  await waitingCalls(report)
  if (quick) report.leaveOut('other languages and idle connections', 'not in a quick run')
  else await idleConnections(report)
}

/** Another language on both sides, and its server called by our client. */
function foreign(name: string, variant: string, isCalled: boolean): readonly Contender[] {
  const both = { name, module: moduleOf('foreign'), variant }
  return isCalled
    ? [both, { name: `${name} server, polywire client`, module: moduleOf('foreign-server'), variant }]
    : [both]
}

/** Two contenders that differ in their load alone take no turns: each of them is measured by itself. */
async function manyInFlight(report: Report): Promise<void> {
  const module = moduleOf('polywire')
  const few = 'polywire, 64 in flight'
  const results = [
    ...(await compare([{ name: few, module }], report)),
    ...(await compare([{ name: 'polywire, 10,000 in flight', module }], report, { inFlight: 10_000 })),
  ]
  report.add({ id: 'grpc.many', title: 'gRPC, unary, 10,000 in flight', reference: few }, results)
}

function moduleOf(name: string): string {
  return new URL(`./grpc/${name}.js`, import.meta.url).href
}
