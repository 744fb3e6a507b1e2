// What may be picked, as `connect` is told: zone, subset, ejection, and names that cannot be found.
import test from 'ava'
import { balanced, Code, connect, disconnect, RpcError } from '../../src/index.js'
import { dnsResolver } from '../../src/resolvers/dns.js'
import { etcdResolver } from '../../src/resolvers/etcd.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Hello } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { connected, Scripted, unavailable } from './scripted.js'

test('the own zone is used while half of it is up, and again when it is', async t => {
  const scripted = new Scripted()
  const clock = new VirtualClock()
  const endpoints = [{ address: 'own:1', zone: 'a' }, { address: 'other:1', zone: 'b' }, { address: 'nowhere:1' }]
  const options = { clock, random: () => 0, report: () => {}, zone: 'a', policies: [balanced('round-robin')] }
  const hello = connect(Hello, { protocol: scripted.protocol, endpoints }, options)
  for (let n = 0; n < 5; n++) await hello.ping()
  t.deepEqual(new Set(scripted.calls.splice(0)), new Set(['own:1']))
  scripted.onDial = address => {
    if (address === 'own:1') throw unavailable('refused')
  }
  scripted.links[0]?.onClose?.(unavailable('reset'))
  await hello.ping()
  t.false(scripted.calls.splice(0).includes('own:1'))
  scripted.onDial = () => {}
  await clock.advance(5000)
  for (let n = 0; n < 5; n++) await hello.ping()
  t.deepEqual(new Set(scripted.calls), new Set(['own:1']))
  await disconnect(hello)
})

test('of a large fleet a client dials its subset and no other', async t => {
  const fleet = Array.from({ length: 100 }, (_, n) => `server-${n}:1`).join(',')
  const clients = [0.25, 0.75].map(seed => connected(fleet, { subset: 5, eager: true, random: () => seed }))
  for (const { hello } of clients) for (let n = 0; n < 50; n++) await hello.ping()
  const [one, other] = clients.map(({ scripted }) => new Set(scripted.dials)) as [Set<string>, Set<string>]
  t.is(one.size, 5)
  t.is(other.size, 5)
  t.notDeepEqual(one, other)
  t.is(
    ((await outcome(Promise.resolve().then(() => connected(fleet, { subset: 0 })))).error as RpcError).reason,
    'invalid_policy',
  )
  for (const { hello } of clients) await disconnect(hello)
})

test('an endpoint that answers badly is left out after five failures, and tried again after its time', async t => {
  const { hello, scripted, clock } = connected('good:1,bad:1,fine:1')
  let sick = true
  scripted.onCall = address => {
    if (sick && address === 'bad:1') throw new RpcError('a bug', Code.internal)
  }
  for (let n = 0; n < 15; n++) await outcome(hello.ping())
  t.is(scripted.calls.filter(address => address === 'bad:1').length, 5)
  scripted.calls.length = 0
  for (let n = 0; n < 30; n++) t.is((await outcome(hello.ping())).error, undefined)
  t.false(scripted.calls.includes('bad:1'))
  sick = false
  await clock.advance(30_000)
  for (let n = 0; n < 3; n++) await hello.ping()
  t.true(scripted.calls.includes('bad:1'))
  await disconnect(hello)
})

test('where most endpoints answer badly, none is left out: the fault is elsewhere', async t => {
  const outlierEjection = { maxEjectionPercent: 100, consecutiveFailures: 2 }
  const { hello, scripted } = connected('a:1,b:1,c:1', { outlierEjection })
  scripted.onCall = () => {
    throw new RpcError('the database is away', Code.internal)
  }
  for (let n = 0; n < 12; n++) await outcome(hello.ping())
  scripted.calls.length = 0
  for (let n = 0; n < 6; n++) await outcome(hello.ping())
  t.deepEqual(new Set(scripted.calls), new Set(['a:1', 'b:1', 'c:1']))
  await disconnect(hello)
})

test('a name that cannot be found is an error of the call, and found as soon as it can be', async t => {
  let known = false
  const dns = dnsResolver({
    lookup: async host => {
      if (!known) throw new Error(`getaddrinfo ENOTFOUND ${host}`)
      return [{ address: '10.0.0.1', family: 4 }]
    },
  })
  const { hello, scripted, clock } = connected('nobody.example:1', { resolver: dns })
  const error = (await outcome(hello.ping())).error as RpcError
  t.is(error.code, Code.unavailable)
  t.is(error.delivery, 'unsent')
  t.regex(error.message, /^resolver dns cannot find nobody\.example:1: getaddrinfo ENOTFOUND nobody\.example$/)
  known = true
  await clock.advance(2000)
  await hello.ping()
  t.deepEqual(scripted.calls, ['10.0.0.1:1'])
  await disconnect(hello)
})

test('a look-up that never ends ends no later than the deadline of the call, and holds up no closing', async t => {
  const dns = dnsResolver({ lookup: () => new Promise(() => {}) })
  const { hello, clock } = connected('slow.example:1', { resolver: dns })
  const call = outcome(hello.ping())
  await clock.advance(30_000)
  t.is(((await call).error as RpcError).code, Code.deadline_exceeded)
  await disconnect(hello)
  t.is(clock.size, 0)
})

test('a name without an address is an error that says so', async t => {
  const { hello } = connected('empty.example:1', { resolver: dnsResolver({ lookup: async () => [] }) })
  const error = (await outcome(hello.ping())).error as RpcError
  t.is(error.reason, 'no_endpoint')
  t.regex(error.message, /no endpoint can take the call: resolver dns found no endpoint for empty.example:1$/)
  await disconnect(hello)
})

test('a registry without an entry is an error that says which key was searched', async t => {
  const empty = async function* () {
    yield []
  }
  const resolver = { ...etcdResolver(), watch: empty }
  const scripted = new Scripted()
  const target = { protocol: scripted.protocol, resolver, authority: '10.0.0.1:2379', path: 'hello.Hello' }
  const hello = connect(Hello, target)
  t.teardown(() => disconnect(hello))
  const error = (await outcome(hello.ping())).error as RpcError
  t.is(error.reason, 'no_endpoint')
  t.regex(error.message, /the call: etcd 10\.0\.0\.1:2379 has no valid entry whose key begins with "hello\.Hello\/"$/)
})

for (const [outlierEjection, reason] of [
  [{ consecutiveFailures: 0 }, 'invalid_policy'],
  [{ consecutiveFailures: 2.5 }, 'invalid_policy'],
  [{ maxEjectionPercent: Number.NaN }, 'invalid_policy'],
  [{ maxEjectionPercent: 500 }, 'invalid_policy'],
  [{ failurePercentage: -1 }, 'invalid_policy'],
  [{ failurePercentage: '85' as never }, 'invalid_policy'],
  [{ stdevFactor: Number.NaN }, 'invalid_policy'],
  [{ interval: 0 }, 'invalid_duration'],
  [{ baseEjectionTime: '0s' }, 'invalid_duration'],
] as const) {
  const [[name, value]] = Object.entries(outlierEjection) as [[string, unknown]]
  test(`refused at start-up: outlierEjection ${name} ${value}`, t => {
    const error = t.throws(() => connected('a', { outlierEjection }), { instanceOf: RpcError })
    t.is(error?.reason, reason)
    t.true(error?.message.startsWith('outlierEjection') && error.message.includes(name), error?.message)
  })
}

for (const [wrong, message] of [
  [{ priority: 1.5 }, /endpoint a:1: priority must be an integer of at least 0, got 1.5/],
  [{ priority: -1 }, /priority must be an integer of at least 0, got -1/],
  [{ weight: Number.POSITIVE_INFINITY }, /endpoint a:1: weight must be above 0, got Infinity/],
  [{ weight: -1 }, /weight must be above 0, got -1/],
  [{ weight: 0 }, /weight must be above 0, got 0/],
] as const) {
  test(`refused at start-up: an endpoint with ${Object.entries(wrong)}`, t => {
    const { protocol } = new Scripted()
    const error = t.throws(() => connect(Hello, { protocol, endpoints: [{ address: 'a', ...wrong }] }), { message })
    t.is((error as RpcError).reason, 'invalid_target')
  })
}
