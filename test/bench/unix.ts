import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare } from './harness/compare.js'
import type { Report } from './harness/report.js'
import { printTarget } from './harness/table.js'

const protocols = ['grpc', 'thrift', 'avro', 'http'] as const
const bare = 'bare frames'

/** Of the calls over TCP's loopback. */
const target = 1.3

/**
 * Small unary calls over a Unix socket, each beside the same calls over TCP's loopback. The bare frames say what the system's sockets allow.
 */
export async function run(report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-bench-'))
  try {
    await work(report, folder, { id: 'unix.unary', title: 'Unix sockets, unary, 64 in flight' }, 64)
    await work(report, folder, { id: 'unix.latency', title: 'Unix sockets, unary, one at a time' }, 1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function work(report: Report, folder: string, header: { id: string; title: string }, inFlight: number) {
  const contenders = [...protocols.map(protocol => `polywire ${protocol}`), bare].flatMap((name, at) => {
    const module = new URL(name === bare ? './harness/frames.js' : './unix/polywire.js', import.meta.url).href
    const socket = join(folder, `${at}-${inFlight}.sock`)
    const variant = (path: string) => (name === bare ? path : `${protocols[at]} ${path}`)
    return [
      { name: `${name}, TCP`, module, variant: variant('') },
      { name: `${name}, Unix`, module, variant: variant(socket) },
    ]
  })
  const results = await compare(contenders, report, { inFlight })
  report.add(
    header,
    results.map(one => ({ ...one, reference: one.name.replace(', Unix', ', TCP') })),
  )
  for (const { name, ratios } of report.results.at(-1)?.rows ?? []) {
    const calls = ratios.callsPerSecond?.median
    if (name.endsWith(', Unix') && calls !== undefined)
      printTarget(`${name}: calls/s, of TCP, at least ${target}`, calls, calls >= target)
  }
}
