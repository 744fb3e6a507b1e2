import test from 'ava'
import {
  Code,
  connect,
  disconnect,
  int32,
  Method,
  nothing,
  Service,
  serve,
  streamOf,
  withCall,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { type Muted, MuteRelay } from '../support/mute-relay.js'

@Service('test.Relayed')
class Relayed {
  @Method(nothing) async ping(): Promise<void> {}
  @Method(nothing) async hang(): Promise<void> {
    await new Promise(() => {})
  }
}

@Service('test.RelayedStream')
class RelayedStream {
  @Method(nothing) async ping(): Promise<void> {}
  @Method(streamOf(int32)) async *count(): AsyncIterable<number> {
    yield 1
    await new Promise(() => {})
  }
}

const wires = [
  ['grpc', ''],
  ['http', ''],
  ['thrift', ''],
  ['thrift', '?transport=http'],
  ['avro', ''],
  ['avro', '?transport=http'],
] as const
const directions: readonly Muted[] = ['clients', 'server', 'both']

for (const [scheme, query] of wires) {
  for (const direction of directions) {
    test(`calls leave a connection that fell silent: ${scheme}${query}, ${direction}`, async t => {
      t.timeout(60_000)
      const server = await serve([Relayed], { port: 0, host: '127.0.0.1', limits: { drainTimeout: 0 } })
      t.teardown(() => server.close())
      const relay = await MuteRelay.before(server.port as number)
      t.teardown(() => relay.close())
      const target = `${scheme}://${relay.address}${query}`
      const remote = connect(Relayed, target, { keepalive: { timeout: '100ms' } })
      await remote.ping()
      // The client has taken the connection back by then.
      await new Promise(setImmediate)
      relay.mute(direction)
      const impatient = withCall(remote, { timeout: '200ms' })
      t.like((await outcome(impatient.ping())).error, { code: Code.deadline_exceeded })
      // gRPC waits for the answer to a PING, and its watchdog looks every second; the others without a PING for a second of silence.
      let failed = 0
      while (failed < 40 && (await outcome(impatient.ping())).error !== undefined) failed++
      t.true(failed < 40, 'every further call failed')
      await disconnect(remote)
    })
  }
}

for (const direction of directions) {
  test(`calls in flight on a gRPC connection that fell silent end: ${direction}`, async t => {
    t.timeout(20_000)
    const server = await serve([Relayed, RelayedStream], { port: 0, host: '127.0.0.1', limits: { drainTimeout: 0 } })
    t.teardown(() => server.close())
    const relay = await MuteRelay.before(server.port as number)
    t.teardown(() => relay.close())
    const remote = connect(RelayedStream, `grpc://${relay.address}`, { keepalive: { timeout: '100ms' } })
    const counts = remote.count()[Symbol.asyncIterator]()
    t.deepEqual(await counts.next(), { value: 1, done: false })
    const next = outcome(counts.next())
    relay.mute(direction)
    t.like((await outcome(withCall(remote, { timeout: '100ms' }).ping())).error, { code: Code.deadline_exceeded })
    t.like((await next).error, { code: Code.unavailable, reason: 'connection_lost' })
    await disconnect(remote)
  })
}

test('keepalive finds a dead connection without a call that times out', async t => {
  t.timeout(20_000)
  const server = await serve([RelayedStream], {
    port: 0,
    host: '127.0.0.1',
    limits: { drainTimeout: 0, minPingTime: 0 },
  })
  t.teardown(() => server.close())
  const relay = await MuteRelay.before(server.port as number)
  t.teardown(() => relay.close())
  const keepalive = { time: '200ms', timeout: '100ms' } as const
  const remote = connect(RelayedStream, `grpc://${relay.address}`, { keepalive })
  const counts = remote.count()[Symbol.asyncIterator]()
  await counts.next()
  relay.mute('server')
  t.like((await outcome(counts.next())).error, { code: Code.unavailable, reason: 'connection_lost' })
  await disconnect(remote)
})

test('keepalive: what is not a time, or is not an option, is refused', t => {
  const target = 'grpc://127.0.0.1:1'
  t.throws(() => connect(Relayed, target, { keepalive: { time: 0 } }), { message: /keepalive: time must be above 0/ })
  t.throws(() => connect(Relayed, target, { keepalive: { withoutCalls: 1 as unknown as boolean } }), {
    message: /keepalive: withoutCalls must be true or false, got 1/,
  })
  t.throws(() => connect(Relayed, target, { keepalive: { interval: 1 } as object }), {
    message: /keepalive has no option "interval"/,
  })
})
