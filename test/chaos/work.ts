import {
  Code,
  Failover,
  Idempotent,
  Method,
  RpcError,
  retry,
  Service,
  string,
  Timeout,
  timeout,
} from '../../src/index.js'

/** How a replica behaves, changed while it runs. */
export interface Behaviour {
  /** Milliseconds that a call takes. */
  readonly delay: number
  /** Every call is answered with `unavailable`. */
  readonly failing: boolean
}

export const healthy: Behaviour = { delay: 4, failing: false }

@Service('chaos.Work')
@Failover({ endpoints: 5 })
@Timeout('10s')
export class Work {
  /** Attempts that reached this replica, whatever became of them. */
  attempts = 0

  constructor(public behaviour: Behaviour = healthy) {}

  @Method(string)
  @Idempotent()
  async work(): Promise<string> {
    this.attempts++
    const { delay, failing } = this.behaviour
    if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay))
    if (failing) throw new RpcError('this replica is broken', Code.unavailable)
    return reply
  }
}

/** What a user adds whose calls shall survive everything: a replica that hangs is given up after half a second. */
export const surviving = [
  retry({ attempts: 5, initialBackoff: '20ms', maxBackoff: '200ms', codes: ['unavailable', 'deadline_exceeded'] }),
  timeout({ total: '10s', perTry: '500ms' }),
]

/** Long enough to be cut in the middle. */
const reply = 'done '.repeat(200)
