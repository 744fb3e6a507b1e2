import { type Comparison, compare, medianOf, medianRatio, type RoundFigures } from './harness/compare.js'
import type { Contender } from './harness/contender.js'
import type { Report } from './harness/report.js'
import { printTable, printTarget } from './harness/table.js'
import { bytesOf } from './one-port/polywire.js'

/** HTTP/1.1 carries one call at a time on a connection, so it opens one for each call in flight. */
const protocols = [
  { protocol: 'grpc', connections: 1 },
  { protocol: 'thrift', connections: 1 },
  { protocol: 'avro', connections: 1 },
  { protocol: 'http', connections: 64 },
] as const

/** Of the calls of a listener that hears one protocol only. */
const target = 0.97

/**
 * What it costs that a listener hears every protocol on one port, and that it does so inside of TLS: small unary calls, 64 in flight, client and server each
 * in a process of its own. What TLS adds is held against what it adds to bare sockets that carry as many bytes.
 */
export async function run(report: Report): Promise<void> {
  const rows: string[][] = []
  for (const { protocol, connections } of protocols) {
    const bytes = await bytesOf(protocol)
    const contenders = [
      ...['alone', 'all', 'tls'].map(way => polywire(protocol, way)),
      ...['plain', 'tls'].map(kind => bareSockets(kind, connections, bytes)),
    ]
    const results = await compare(contenders, report)
    const [alone, all, tls, barePlain, bareTls] = results as [
      Comparison,
      Comparison,
      Comparison,
      Comparison,
      Comparison,
    ]
    report.add(
      { id: `one-port.${protocol}`, title: `One port: ${protocol}`, reference: polywire(protocol, 'alone').name },
      results,
    )
    if (results.length < contenders.length) continue
    const calls = medianRatio(all, alone, of => of.callsPerSecond)
    printTarget(`${protocol}: calls/s beside all protocols, of alone, at least ${target}`, calls, calls >= target)
    const cpu = medianRatio(alone, all, cpuOf)
    printTarget(`${protocol}: CPU a call alone, of beside all protocols, at least ${target}`, cpu, cpu >= target)
    const added = (one: Comparison, other: Comparison) => (medianOf(one, cpuOf) - medianOf(other, cpuOf)).toFixed(2)
    rows.push([protocol, String(bytes), String(connections), added(tls, all), added(bareTls, barePlain)])
  }
  console.log('\nWhat TLS adds to the microseconds of CPU of one call, client and server together')
  printTable([['', 'bytes a call', 'connections', 'polywire', 'bare sockets'], ...rows])
}

function polywire(protocol: string, way: string): Contender {
  return { name: `polywire ${protocol}, ${way}`, module: moduleOf('polywire'), variant: `${protocol} ${way}` }
}

function bareSockets(kind: string, connections: number, bytes: number): Contender {
  return { name: `bare sockets, ${kind}`, module: moduleOf('bare'), variant: `${kind} ${connections} ${bytes / 2}` }
}

function moduleOf(name: string): string {
  return new URL(`./one-port/${name}.js`, import.meta.url).href
}

function cpuOf({ clientCpu, serverCpu }: RoundFigures): number {
  return clientCpu + serverCpu
}
