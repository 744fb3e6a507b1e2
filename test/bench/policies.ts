import type { Protocol } from '../../src/extend.js'
import {
  Balanced,
  connect,
  disconnect,
  Failover,
  Idempotent,
  Method,
  Retry,
  Service,
  string,
  Timeout,
} from '../../src/index.js'
import { compare, medianRatio } from './harness/compare.js'
import type { Report } from './harness/report.js'
import { printTarget } from './harness/table.js'

@Service()
class Echo {
  @Method(string)
  @Idempotent()
  async none(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Timeout('5s')
  async timeout(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Timeout({ total: '5s', perTry: '1s' })
  async perTry(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Retry()
  async retry(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Failover()
  async failover(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Balanced('round-robin')
  async balanced(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Timeout('5s')
  @Retry()
  @Failover()
  @Balanced('round-robin')
  async four(): Promise<string> {
    return ''
  }
}

/** Replies at once, so that what is left is the caller's own side: proxy, policies, channel. */
const instant: Protocol = {
  name: 'instant',
  secureName: undefined,
  defaultPort: undefined,
  defaultCodec: 'json',
  refuses: () => undefined,
  detect: () => false,
  serve() {
    throw new Error('nothing is served over this protocol')
  },
  bind: () => ({
    dial: async () => ({ open: true, onClose: undefined, handle: async () => '', close: async () => {} }),
  }),
}

const callsPerRound = 50_000
const inFlight = 64
const names = ['none', 'timeout', 'perTry', 'retry', 'failover', 'balanced', 'four'] as const

export async function run(report: Report): Promise<void> {
  await eachAlone(report)
  await overGrpc(report)
}

/** Prints what each policy costs a call that succeeds, on the caller's side alone: no codec, no socket. */
async function eachAlone(report: Report): Promise<void> {
  const echo = connect(Echo, 'instant://one', { protocols: [instant] })
  const measured = names.map(name => ({ name: `polywire, ${name}`, key: name, rounds: [] as { cpu: number }[] }))
  // The first round only makes the code hot.
  for (let round = -1; round < 2 * report.settings.rounds; round++) {
    for (const { key, rounds } of measured) {
      const cpu = await microseconds(() => echo[key]())
      if (round >= 0) rounds.push({ cpu })
    }
  }
  await disconnect(echo)
  report.add(
    { id: 'policies.alone', title: "Policies: the caller's side alone", reference: 'polywire, none' },
    measured,
  )
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

/** CPU of one call, which other processes of the machine disturb less than its time. */
async function microseconds(call: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  const caller = async (): Promise<void> => {
    for (let n = 0; n < callsPerRound / inFlight; n++) await call()
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / callsPerRound
}
