import { setImmediate as tick } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import type { ActiveCall } from '../../src/core/active-call.js'
import type { MethodInfo, Peer } from '../../src/core/call.js'
import type { ObservedAttempt } from '../../src/core/call-observer.js'
import { Code } from '../../src/core/code.js'
import { Headers } from '../../src/core/headers.js'
import { Observers } from '../../src/core/observers.js'
import { reasons } from '../../src/core/reasons.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { callLog } from '../../src/telemetry/call-log.js'
import { Metrics } from '../../src/telemetry/metrics.js'

// A stack for each of two million errors would take most of the time.
Error.stackTraceLimit = 0
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function memoryInUse(): number {
  // Twice, because what the first frees may have held more.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const callsPerSecond = 1000

class Declared extends RpcError {}

const names = ['Get', 'List', 'Put', 'Delete', 'Watch']
const methods: readonly MethodInfo[] = Array.from({ length: 20 }, (_, nth) => {
  const name = `${names[nth % names.length]}${nth}`
  const kind = name.startsWith('Watch') ? 'server_streaming' : 'unary'
  return { name, serviceName: 'a.Shop', path: `/a.Shop/${name}`, kind, idempotency: 'unknown' }
})
const codes = Object.values(Code).filter((code): code is Code => typeof code === 'number' && code !== Code.ok)
const reasonNames = Object.keys(reasons) as (keyof typeof reasons)[]

/** Calls of which a stranger chooses all that a caller can choose, as the console, Prometheus and the log of a server see them. */
class Traffic {
  now = 0
  private made = 0
  private logged = 0
  private readonly clock = { now: () => this.now, schedule: () => ({ cancel: () => {} }) }
  readonly calls = new CallHistory({ clock: this.clock })
  private readonly metrics = new Metrics()
  private readonly observers: Observers | undefined

  constructor(report: (error: unknown) => void) {
    const count = () => void this.logged++
    const log = callLog({ to: { info: count, warn: count, error: count }, failuresOnly: true })
    this.observers = Observers.of([this.calls, this.metrics, log], report)
  }

  /** @param seconds of calls, in which somebody reads the console, and Prometheus scrapes once a minute */
  async run(seconds: number): Promise<void> {
    for (let second = 1; second <= seconds; second++) {
      for (let nth = 0; nth < callsPerSecond; nth++) this.call()
      // A server tells the end of a call one tick later.
      await tick()
      if (second % 10 === 0) this.served('hour')
      if (second % 60 === 0) this.metrics.text('openmetrics')
    }
  }

  /** The served calls that the console shows. */
  served(range: 'minute' | 'hour' | 'day'): number {
    this.calls.look()
    const views = this.calls.methodsOf('server').map(method => method.view(range))
    return views.reduce((sum, { calls }) => calls.reduce((all, one) => all + one, sum), 0)
  }

  private call(): void {
    this.now += 1000 / callsPerSecond
    const nth = this.made++
    const side = nth % 3 === 0 ? 'client' : 'server'
    const call = {
      method: methods[nth % methods.length],
      clock: this.clock,
      began: this.now - (nth % 997) / 10,
      id: `request-${nth}`,
      deadline: this.now + 5000,
      attempt: 1,
      headers: new Headers(),
      peer: peer(nth),
    } as unknown as ActiveCall
    const observed = this.observers?.of(call.method, side, 'grpc').begin(call)
    if (side === 'client') {
      const attempt = { number: 1, endpoint: { address: `10.1.0.0:${nth % 3000}` }, cause: 'first', balancer: 'random' }
      observed?.attemptBegan(attempt as ObservedAttempt)?.ended(undefined)
      observed?.decided({ policy: 'retry', action: 'stop', why: `pushback of ${nth} ms` })
    }
    observed?.message('received', 100)
    observed?.end(fails(nth) ? failure(nth) : undefined)
    if (nth % 50 !== 0) return
    const error = new RpcError(`no method ${nth}`, Code.unimplemented, { reason: 'unknown_method' })
    this.observers?.callRefused({ path: `/stranger.S${nth}/M${nth}`, peer: peer(nth), error })
  }
}

/** No two callers have the same address. */
function peer(nth: number): Peer {
  return { address: `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}:${nth % 65_536}`, protocol: 'grpc' }
}

/** One call in ten, of all methods. */
function fails(nth: number): boolean {
  return (nth + Math.floor(nth / 20)) % 10 === 0
}

/** Every code with every reason, and no message twice. */
function failure(nth: number): RpcError {
  const code = codes[nth % codes.length] as Code
  const message = `value ${nth} is not valid`
  if (nth % 7 === 0) return new Declared(message, code)
  return new RpcError(message, code, { reason: reasonNames[nth % reasonNames.length] as string })
}

test.serial('memory is flat under 1,000 calls a second for an hour, while somebody looks', async t => {
  t.timeout(600_000)
  const before = memoryInUse()
  const traffic = new Traffic(error => t.fail(String(error)))
  await traffic.run(600)
  const early = memoryInUse() - before
  await traffic.run(3000)
  const ratio = (memoryInUse() - before) / early
  t.true(ratio < 1.1, `${ratio} of the memory after ten minutes, which was ${Math.round(early / 1024)} KiB`)
  t.is(traffic.served('day'), 2_400_000)
})

test.serial('clocks that jump a day neither let memory grow nor leave false figures', async t => {
  const traffic = new Traffic(error => t.fail(String(error)))
  const day = 24 * 3_600_000
  await traffic.run(120)
  const before = memoryInUse()
  for (let nth = 0; nth < 10; nth++) {
    traffic.now += nth % 2 === 0 ? day : -day
    await traffic.run(60)
    const inMinute = traffic.served('minute')
    t.true(inMinute > 39_000 && inMinute <= 40_000, `${inMinute} calls in the minute after jump ${nth}`)
  }
  const ratio = memoryInUse() / before
  t.true(ratio < 1.1, `${ratio} of the memory before`)
})
