import test from 'ava'
import { EndpointSets } from '../../src/client/endpoint-sets.js'
import type { Resolver } from '../../src/extend.js'
import { disconnect, type Endpoint, type RpcError } from '../../src/index.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { outcome } from '../support/calls.js'
import { connected } from './scripted.js'

function addresses(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ address }) => address).join(' ')
}

test('a set that changes a thousand times a second takes a tenth of the time, and the last one always counts', async t => {
  const clock = new VirtualClock()
  let spent = 0
  let busy = 0
  const seen: string[] = []
  /** To take a set in lasts 20 ms. */
  const slow = { now: () => clock.now() + busy, schedule: clock.schedule.bind(clock) }
  const sets = new EndpointSets(slow, {
    found: endpoints => {
      seen.push(addresses(endpoints))
      busy += 20
      spent += 20
    },
    report: () => t.fail(),
  })
  for (let n = 0; n < 10_000; n++) {
    sets.take([{ address: `a-${n}:1` }])
    await (n % 10 === 0 ? clock.advance(10) : undefined)
  }
  await clock.advance(1000)
  t.is(seen[0], 'a-0:1')
  t.is(seen.at(-1), 'a-9999:1')
  t.true(spent <= 0.1 * clock.now() + 40 && spent >= 0.05 * clock.now(), `${spent} ms of ${clock.now()}`)
  sets.take([{ address: 'late:1' }])
  sets.take([{ address: 'later:1' }])
  sets.close()
  t.is(clock.size, 0)
})

test('a resolver that never waits holds up no call, and links of endpoints that stay are kept', async t => {
  let sets = 0
  const resolver: Resolver = {
    name: 'restless',
    async *watch(_target, { signal }) {
      for (; !signal.aborted; sets++) yield [{ address: 'stay:1' }, { address: `guest-${sets}:1` }]
    },
  }
  const { hello, scripted } = connected('registry', { resolver })
  for (let n = 0; n < 200; n++) {
    await hello.ping()
    await new Promise(setImmediate)
  }
  t.true(sets > 1000)
  t.is(scripted.calls.length, 200)
  t.is(scripted.dials.filter(address => address === 'stay:1').length, 1)
  await disconnect(hello)
  t.is(scripted.closed, scripted.links.length, 'every link of a guest is closed')
})

test('what stands in a set and is no endpoint is left out, with one warning for as long as it is there', async t => {
  const sane = { address: 'sane:1', weight: 2, priority: 0, zone: 'a' }
  const wrong = [
    undefined,
    null,
    7,
    {},
    { address: '' },
    { address: 'light:1', weight: 0 },
    { address: 'lost:1', weight: Number.NaN },
    { address: 'heavy:1', weight: Number.POSITIVE_INFINITY, zone: 'b' },
    { address: 'first:1', priority: -1, weight: 3 },
  ] as unknown as Endpoint[]
  const warnings: string[] = []
  let found: readonly Endpoint[] = []
  const sets = new EndpointSets(new VirtualClock(), {
    found: endpoints => {
      found = endpoints
    },
    report: error => warnings.push((error as Error).message),
  })
  sets.take([sane, ...wrong])
  t.deepEqual(found, [
    sane,
    { address: 'light:1' },
    { address: 'lost:1' },
    { address: 'heavy:1', zone: 'b' },
    { address: 'first:1', weight: 3 },
  ])
  t.is(warnings.length, wrong.length)
  t.true(warnings.includes('endpoint lost:1: weight NaN is not valid and is ignored'))
  t.true(warnings.includes('endpoint {}: has no address and is skipped'))
  sets.take([...wrong, sane])
  t.is(warnings.length, wrong.length)
  sets.take([sane])
  t.deepEqual(found, [sane])
  sets.take(wrong.slice(3, 4))
  t.is(warnings.length, wrong.length + 1, 'it has come back')
})

for (const nonsense of [undefined, null, 'a:1', 7, {}]) {
  test(`a resolver that yields ${JSON.stringify(nonsense)} is an error of the call, and asked again`, async t => {
    let asked = 0
    const resolver: Resolver = {
      name: 'confused',
      async *watch() {
        yield asked++ === 0 ? (nonsense as unknown as Endpoint[]) : [{ address: 'a:1' }]
      },
    }
    const { hello, clock } = connected('registry', { resolver })
    const { reason, message } = (await outcome(hello.ping())).error as RpcError
    t.is(reason, 'resolver_failed')
    t.regex(message, /resolver confused cannot find registry: /)
    await clock.advance(2000)
    await t.notThrowsAsync(hello.ping())
    await disconnect(hello)
  })
}
