import test from 'ava'
import type { Clock } from '../../src/core/clock.js'
import { TimerWheel } from '../../src/core/timer-wheel.js'
import { type CallObserver, connect, disconnect, Method, Metrics, Service, serve, string } from '../../src/index.js'

@Service('test.ClockReads')
class ClockReads {
  @Method({ returns: string }) async answer(): Promise<string> {
    return 'yes'
  }
}

/** A clock that counts who reads it. */
class CountingClock implements Clock {
  reads = 0
  private readonly wheel = new TimerWheel()

  now(): number {
    this.reads++
    return this.wheel.now()
  }

  schedule: Clock['schedule'] = (delay, target, now) => {
    if (now === undefined) this.reads++
    return this.wheel.schedule(delay, target, now)
  }
}

const cases: readonly (readonly [
  string,
  () => CallObserver[],
  { readonly client: number; readonly server: number },
])[] = [
  ['nobody observes', () => [], { client: 2, server: 1 }],
  // The server's end is the only time that nobody else needs. Calls one after another share none.
  ['the metrics count', () => [new Metrics()], { client: 2, server: 2 }],
]

test.serial('calls that end on a server in one tick read the clock for their end once', async t => {
  const clock = new CountingClock()
  const server = await serve([ClockReads], { protocols: ['grpc'], clock, observers: [new Metrics()] })
  const remote = connect(ClockReads, `grpc://${server.address}`)
  await remote.answer()
  clock.reads = 0
  const calls = 50
  await Promise.all(Array.from({ length: calls }, () => remote.answer()))
  // They may arrive in several pieces, each of which is a tick.
  t.true(clock.reads < 1.5 * calls, `${clock.reads}`)
  await disconnect(remote)
  await server.close()
})

for (const [name, observers, expected] of cases) {
  test.serial(
    `a unary call over gRPC that ${name} reads the clock ${expected.client} and ${expected.server} times`,
    async t => {
      const clocks = { client: new CountingClock(), server: new CountingClock() }
      const server = await serve([ClockReads], {
        host: '127.0.0.1',
        protocols: ['grpc'],
        clock: clocks.server,
        observers: observers(),
      })
      const remote = connect(ClockReads, `grpc://${server.address}`, { clock: clocks.client, observers: observers() })
      const calls = 50
      await remote.answer()
      clocks.client.reads = clocks.server.reads = 0
      for (let i = 0; i < calls; i++) await remote.answer()
      // A few reads belong to the connection.
      t.is(Math.floor(clocks.client.reads / calls), expected.client, 'client')
      t.is(Math.floor(clocks.server.reads / calls), expected.server, 'server')
      await disconnect(remote)
      await server.close()
    },
  )
}
