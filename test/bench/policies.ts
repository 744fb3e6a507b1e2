import {
  Balanced,
  connect,
  disconnect,
  Failover,
  Idempotent,
  Method,
  type Protocol,
  Retry,
  Service,
  string,
  Timeout,
} from '../../src/index.js'
import { median } from './harness/compare.js'
import { machine, printTable } from './harness/table.js'

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

/** Prints what each policy costs a call that succeeds, on the caller's side alone: no codec, no socket. */
export async function run(): Promise<void> {
  const echo = connect(Echo, 'instant://one', { protocols: [instant] })
  const times = new Map(names.map(name => [name, [] as number[]]))
  for (let round = 0; round < 15; round++)
    for (const name of names) times.get(name)?.push(await microseconds(() => echo[name]()))
  await disconnect(echo)
  console.log(machine())
  const cost = (name: (typeof names)[number]) => median(times.get(name) ?? [])
  printTable([
    ['', 'CPU us a call', 'over none'],
    ...names.map(name => [name, cost(name).toFixed(2), (cost(name) - cost('none')).toFixed(2)]),
  ])
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
