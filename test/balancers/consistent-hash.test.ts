import test from 'ava'
import fc from 'fast-check'
import { consistentHash } from '../../src/balancers/consistent-hash.js'
import { hashOf } from '../../src/balancers/key-hash.js'
import { balancerContract } from './contract.js'
import { callWith, Fleet, node, nodes, type TestNode } from './fleet.js'

balancerContract('consistent-hash', consistentHash(), { evenness: 0.25, weights: 'ignored' })

const keys = Array.from({ length: 2000 }, (_, at) => `key-${at}`)

function homes(fleet: Fleet): Map<string, string | undefined> {
  return new Map(keys.map(key => [key, fleet.pick(callWith({ key }))?.endpoint.address]))
}

const weights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 20 })

test('consistent-hash: a node that leaves moves its own keys and no other', t => {
  fc.assert(
    fc.property(weights, fc.nat(), (of, which) => {
      const fleet = new Fleet(consistentHash())
      const set = nodes(...of)
      const gone = set[which % set.length] as TestNode
      fleet.update(set)
      const before = homes(fleet)
      fleet.update(set.filter(one => one !== gone))
      const after = homes(fleet)
      for (const key of keys) {
        if (before.get(key) === gone.endpoint.address) t.not(after.get(key), gone.endpoint.address)
        else t.is(after.get(key), before.get(key))
      }
    }),
    { numRuns: 20 },
  )
})

test('consistent-hash: a node that comes takes keys from others, about its share, and moves none between them', t => {
  const fleet = new Fleet(consistentHash())
  const set = nodes(...new Array<number>(20).fill(1))
  fleet.update(set.slice(1))
  const before = homes(fleet)
  fleet.update(set)
  const after = homes(fleet)
  const moved = keys.filter(key => after.get(key) !== before.get(key))
  for (const key of moved) t.is(after.get(key), set[0]?.endpoint.address)
  t.true(moved.length > 50 && moved.length < 150, `${moved.length} of 2000, fair is 100`)
})

test('consistent-hash: shares are as weights, taken over many nodes', t => {
  const fleet = new Fleet(consistentHash())
  const set = nodes(...Array.from({ length: 300 }, (_, at) => [1, 2, 5][at % 3] as number))
  fleet.update(set)
  const counts = fleet.spread(set, 80_000)
  for (const [at, weight] of [1, 2, 5].entries()) {
    const share = counts.filter((_, of) => of % 3 === at).reduce((sum, count) => sum + count, 0) / 10_000
    t.true(Math.abs(share / weight - 1) < 0.12, `weight ${weight}: ${share}`)
  }
})

test('consistent-hash: every client of the same nodes picks the same, whatever their order and its chance', t => {
  const set = nodes(1, 2, 3, 1, 1)
  const one = new Fleet(consistentHash(), 1)
  const other = new Fleet(consistentHash(), 2)
  one.update(set)
  other.update([...set].reverse())
  t.deepEqual(homes(one), homes(other))
})

test('consistent-hash: no node takes more than 1.25 times its share of the calls in flight, rounded up', t => {
  const fleet = new Fleet(consistentHash())
  const set = nodes(1, 1, 2, 4)
  fleet.update(set)
  for (let n = 1; n <= 400; n++) {
    fleet.start(callWith({ key: 'popular' }))
    for (const { inFlight, weight } of set) t.true(inFlight <= Math.ceil((1.25 * n * weight) / 8))
  }
  t.is(
    set.reduce((sum, one) => sum + one.inFlight, 0),
    400,
  )
})

test('consistent-hash: a key comes home when its node has room again', t => {
  const fleet = new Fleet(consistentHash())
  fleet.update(nodes(1, 1, 1))
  const call = callWith({ key: 'home' })
  const first = fleet.start(call)
  const second = fleet.start(call)
  t.not(second, first)
  fleet.end(second)
  fleet.end(first)
  t.is(fleet.pick(call), first)
})

test('consistent-hash: the key can be any part of the call', t => {
  const fleet = new Fleet(consistentHash({ by: call => (call.message as { user: string }).user }))
  fleet.update(nodes(1, 1, 1, 1, 1, 1))
  const picks = new Set<TestNode | undefined>()
  for (let n = 0; n < 50; n++) {
    const call = callWith({ key: `header-${n}` })
    call.message = { user: 'ann' }
    picks.add(fleet.pick(call))
  }
  t.is(picks.size, 1)
})

test('consistent-hash: a call without a key goes to any node', t => {
  const fleet = new Fleet(consistentHash())
  fleet.update(nodes(1, 1, 1))
  const picks = new Set<TestNode | undefined>()
  for (let n = 0; n < 100; n++) picks.add(fleet.pick())
  t.is(picks.size, 3)
})

test('consistent-hash: weights of hundreds cost no more than weights of one', t => {
  const heavy = new Fleet(consistentHash())
  const light = new Fleet(consistentHash())
  heavy.update(['a', 'b', 'c', 'd'].map(name => node(name, 300)))
  light.update(['a', 'b', 'c', 'd'].map(name => node(name, 1)))
  t.deepEqual(homes(heavy), homes(light))
})

test('hashes do not change, or clients of two versions would disagree', t => {
  t.deepEqual(
    ['', 'a', 'key-1', '10.0.0.1:50051', '\u{1f600}'].map(hashOf),
    [0, 721651713, 1896604721, 406474645, 1242861745],
  )
})
