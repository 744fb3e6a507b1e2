import test from 'ava'
import type { Endpoint } from '../../src/index.js'
import { dnsResolver } from '../../src/resolvers/dns.js'
import type { ResolverContext, ResolverTarget } from '../../src/resolvers/resolver.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

function target(authority: string, defaultPort: number | undefined = 50051): ResolverTarget {
  return { authority, path: '', endpoints: undefined, defaultPort }
}

function rig() {
  const clock = new VirtualClock()
  const abort = new AbortController()
  let fail: () => void = () => {}
  let failed = new Promise<void>(resolve => (fail = resolve))
  const context: ResolverContext = {
    signal: abort.signal,
    clock,
    failure: () => failed,
    connect: () => {
      throw new Error('not needed')
    },
    report: () => {},
  }
  return {
    clock,
    context,
    abort,
    endpointFailed() {
      fail()
      failed = new Promise<void>(resolve => (fail = resolve))
    },
  }
}

/** Collects every set that is yielded. */
function collect(sets: AsyncIterable<readonly Endpoint[]>) {
  const seen: string[][] = []
  const ended = (async () => {
    for await (const set of sets) seen.push(set.map(({ address }) => address))
  })()
  return { seen, ended }
}

test('every address of a name is an endpoint, and a name is looked up again every 30 s', async t => {
  const { clock, context, abort } = rig()
  let records = [
    { address: '10.0.0.2', family: 4 },
    { address: '10.0.0.1', family: 4 },
    { address: 'fd00::1', family: 6 },
  ]
  let lookups = 0
  const resolver = dnsResolver({
    lookup: async host => {
      t.is(host, 'hello.default.svc')
      lookups++
      return records
    },
  })
  const { seen, ended } = collect(resolver.watch(target('hello.default.svc:9000'), context))
  await clock.advance(0)
  t.deepEqual(seen, [['10.0.0.1:9000', '10.0.0.2:9000', '[fd00::1]:9000']])
  await clock.advance(30_000)
  t.is(lookups, 2)
  t.is(seen.length, 1, 'the same set is not told twice')
  records = [{ address: '10.0.0.3', family: 4 }]
  await clock.advance(30_000)
  t.deepEqual(seen[1], ['10.0.0.3:9000'])
  abort.abort()
  await ended
  t.is(clock.size, 0)
})

test('an endpoint that fails brings the next look-up forward, but no more than one a second', async t => {
  const { clock, context, abort, endpointFailed } = rig()
  const at: number[] = []
  const resolver = dnsResolver({
    lookup: async () => {
      at.push(clock.now())
      return [{ address: '10.0.0.1', family: 4 }]
    },
  })
  const { ended } = collect(resolver.watch(target('hello'), context))
  await clock.advance(5000)
  endpointFailed()
  await clock.advance(0)
  t.deepEqual(at, [0, 5000])
  for (let i = 0; i < 100; i++) {
    endpointFailed()
    await clock.advance(10)
  }
  t.is(at.length, 2)
  await clock.advance(1000)
  endpointFailed()
  await clock.advance(10)
  t.is(at.length, 3)
  abort.abort()
  await ended
})

test('an empty answer keeps what is known', async t => {
  const { clock, context, abort } = rig()
  let records = [{ address: '10.0.0.1', family: 4 }]
  const { seen, ended } = collect(dnsResolver({ lookup: async () => records }).watch(target('hello'), context))
  await clock.advance(0)
  records = []
  await clock.advance(60_000)
  t.deepEqual(seen, [['10.0.0.1:50051']])
  abort.abort()
  await ended
})

test('SRV records bring ports, weights and priorities', async t => {
  const { clock, context, abort } = rig()
  const sets: (readonly Endpoint[])[] = []
  const resolver = dnsResolver({
    resolveSrv: async name => {
      t.is(name, '_grpc._tcp.hello.example')
      return [
        { name: 'b.example', port: 2, priority: 10, weight: 5 },
        { name: 'a.example', port: 1, priority: 0, weight: 0 },
      ]
    },
  })
  const ended = (async () => {
    for await (const set of resolver.watch(target('_grpc._tcp.hello.example'), context)) sets.push(set)
  })()
  await clock.advance(0)
  t.deepEqual(sets[0], [
    { address: 'a.example:1', weight: 1, priority: 0 },
    { address: 'b.example:2', weight: 5, priority: 10 },
  ])
  abort.abort()
  await ended
})

test('a look-up that fails ends the watch with its error', async t => {
  const { context } = rig()
  const resolver = dnsResolver({
    lookup: async () => {
      throw new Error('ENOTFOUND hello')
    },
  })
  await t.throwsAsync(collect(resolver.watch(target('hello'), context)).ended, { message: /ENOTFOUND/ })
})

test('what is no name is refused at start-up', t => {
  const check = (authority: string, port?: number) => () => dnsResolver().check?.(target(authority, port))
  t.throws(check(''), { message: /dns: cannot look up/ })
  t.throws(check('a b'), { message: /dns: cannot look up/ })
  t.throws(check('hello:99999'), { message: /dns: cannot look up/ })
  t.notThrows(check('hello.default.svc.cluster.local.'))
})

test('look-ups that failures bring forward leave no timers behind', async t => {
  const { clock, context, abort, endpointFailed } = rig()
  let lookups = 0
  const resolver = dnsResolver({
    lookup: async () => {
      lookups++
      return [{ address: '10.0.0.1', family: 4 }]
    },
  })
  const { ended } = collect(resolver.watch(target('x.y'), context))
  for (let i = 0; i < 15; i++) {
    await clock.advance(1000)
    endpointFailed()
    await clock.advance(1)
  }
  t.true(lookups >= 15)
  t.is(clock.size, 1)
  abort.abort()
  await ended
  t.is(clock.size, 0)
})
