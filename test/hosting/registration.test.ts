import test from 'ava'
import { Registration } from '../../src/hosting/registration.js'
import { connect, disconnect, etcdConfig, RpcError, serve } from '../../src/index.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { FakeEtcd } from '../support/fake-etcd.js'

const here = { host: '127.0.0.1', report: () => {} }

for (const [what, settings, reason, message] of [
  ['a ttl of 0', { ttl: 0 }, 'invalid_duration', /register\.ttl must be above 0 and at most 2147483647 ms, got 0 ms/],
  [
    'a ttl without end',
    { ttl: Number.POSITIVE_INFINITY },
    'invalid_duration',
    /register\.ttl must be above 0 .*, got Infinity ms/,
  ],
  ['a negative ttl', { ttl: -1 }, 'invalid_duration', /register\.ttl must be milliseconds, .*, got -1/],
  [
    'a negative weight',
    { weight: -5 },
    'invalid_registration',
    /register\.weight must be above 0 and at most 1000, got -5/,
  ],
  ['a weight that nobody believes', { weight: 1001 }, 'invalid_registration', /register\.weight must be .*, got 1001/],
  [
    'half a priority',
    { priority: 1.5 },
    'invalid_registration',
    /register\.priority must be an integer of at least 0, got 1\.5/,
  ],
] as const) {
  test(`${what} is refused at start-up, before etcd is asked`, async t => {
    await using etcd = await FakeEtcd.start()
    const register = { at: `etcd://${etcd.address}`, ...settings }
    const error = (await outcome(serve([HelloService], { ...here, register }))).error as RpcError
    t.true(error instanceof RpcError)
    t.is(error.reason, reason)
    t.regex(error.message, message)
    t.deepEqual(etcd.calls, [])
  })
}

/** Whether it ends before what is far shorter than the time that calls to etcd have. */
async function endsSoon(promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, 4000, false)
  })
  const isSoon = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return isSoon
}

test('an etcd that takes calls and answers none does not hold up close', async t => {
  await using etcd = await FakeEtcd.start()
  const register = { at: `etcd://${etcd.address}`, ttl: 300 }
  const server = await serve([HelloService], { ...here, register, limits: { drainTimeout: 100 } })
  etcd.hangs = true
  const before = etcd.calls.length
  while (etcd.calls.length === before) await new Promise(setImmediate)
  const closing = server.close()
  t.true(await endsSoon(closing))
  t.true(etcd.calls.includes('revoke'))
})

test('a configuration with a fallback holds up neither start nor close where etcd answers nothing', async t => {
  await using etcd = await FakeEtcd.start()
  etcd.hangs = true
  const starting = etcdConfig(`etcd://${etcd.address}/policies`, { fallback: {} })
  t.true(await endsSoon(starting))
  const config = await starting
  const server = await serve([HelloService], { ...here, config, limits: { drainTimeout: 100 } })
  const hello = connect(Hello, `grpc://${server.address}`, { config, report: () => {} })
  const asked = etcd.calls.length
  while (etcd.calls.length < asked + 2) await new Promise(setImmediate)
  t.true(await endsSoon(disconnect(hello)))
  t.true(await endsSoon(server.close()))
})

test('a remote whose registry answers nothing can be closed', async t => {
  await using etcd = await FakeEtcd.start()
  etcd.hangs = true
  const hello = connect(Hello, `grpc+etcd://${etcd.address}/hello.Hello`, { report: () => {} })
  const call = outcome(hello.divide(1, 1))
  while (etcd.calls.length === 0) await new Promise(setImmediate)
  t.true(await endsSoon(disconnect(hello)))
  t.truthy((await call).error)
})

test('a server whose source of configurations does not let go closes at its drain limit', async t => {
  const config = { current: () => ({}), watch: () => () => new Promise<void>(() => {}) }
  const server = await serve([HelloService], { ...here, config, limits: { drainTimeout: 20 } })
  t.true(await endsSoon(server.close()))
})

test('however long etcd was away, it is tried again before the lease ends', async t => {
  const first = await FakeEtcd.start()
  const clock = new VirtualClock()
  const ttl = 9000
  const reports: unknown[] = []
  const registration = new Registration({
    registry: `etcd://${first.address}`,
    names: ['hello.Hello'],
    endpoint: { address: '127.0.0.1:1' },
    ttl,
    clock,
    report: error => reports.push(error),
  })
  await registration.open()
  t.deepEqual(registration.inspect(), {
    registry: `etcd://${first.address}`,
    address: '127.0.0.1:1',
    ttl,
    state: 'registered',
  })
  const { port } = first
  await first[Symbol.asyncDispose]()
  // Every third of the lease a sign of life fails, and is reported.
  for (let round = 0; round < 200; round++) {
    await clock.advance(ttl / 3)
    while (reports.length === round) await new Promise(setImmediate)
  }
  const etcd = await FakeEtcd.start(port)
  t.is(registration.inspect().state, 'failing')
  // Two signs of life, as the wait before a dial may be a fifth longer.
  for (let sign = 1; sign <= 2 && etcd.calls.length === 0; sign++) {
    await clock.advance(ttl / 3)
    while (etcd.calls.length === 0 && reports.length < 200 + sign) await new Promise(setImmediate)
  }
  t.true(etcd.calls.length > 0)
  while (registration.inspect().state === 'failing') await new Promise(setImmediate)
  t.is(registration.inspect().state, 'registered')
  await registration.close()
  t.is(registration.inspect().state, 'withdrawn')
  await etcd[Symbol.asyncDispose]()
})

test('a server whose health check fails has no entry until it passes again', async t => {
  await using etcd = await FakeEtcd.start()
  const clock = new VirtualClock()
  let isReady = false
  const registration = new Registration({
    registry: `etcd://${etcd.address}`,
    names: ['hello.Hello'],
    endpoint: { address: '127.0.0.1:1' },
    ttl: 9000,
    clock,
    ready: async () => isReady,
    report: error => t.fail(String(error)),
  })
  t.teardown(() => registration.close())
  await registration.open()
  t.deepEqual(etcd.calls, [])
  t.is(registration.inspect().state, 'withdrawn')
  const until = async (name: string, count: number) => {
    while (etcd.calls.filter(call => call === name).length < count) {
      // In small steps, so that the calls to etcd have many turns of the loop before their virtual deadlines.
      await clock.advance(10)
      await new Promise(setImmediate)
    }
  }
  isReady = true
  await until('put', 1)
  isReady = false
  await until('revoke', 1)
  t.is(etcd.calls.filter(call => call === 'put').length, 1)
  while (registration.inspect().state === 'registered') await new Promise(setImmediate)
  t.is(registration.inspect().state, 'withdrawn')
  isReady = true
  await until('put', 2)
  await registration.close()
  t.is(etcd.calls.filter(call => call === 'revoke').length, 2)
})
