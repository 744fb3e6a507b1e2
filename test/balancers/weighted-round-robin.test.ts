import test from 'ava'
import fc from 'fast-check'
import { weightedRoundRobin } from '../../src/balancers/weighted-round-robin.js'
import { balancerContract } from './contract.js'
import { callWith, Fleet, nodes, type TestNode } from './fleet.js'

balancerContract('weighted-round-robin', weightedRoundRobin(), { evenness: 0.001, weights: 'share' })

const wholeWeights = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 })
const anyWeights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 30 })

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

test('weighted-round-robin: with whole weights the counts are exact after each cycle', t => {
  fc.assert(
    fc.property(wholeWeights, fc.integer(), (weights, seed) => {
      const fleet = new Fleet(weightedRoundRobin(), seed)
      const set = nodes(...weights)
      fleet.update(set)
      for (let cycle = 0; cycle < 3; cycle++) t.deepEqual(fleet.spread(set, sum(weights)), weights)
    }),
  )
})

/** The furthest that any node's count ever lay from its share. */
function furthest(fleet: Fleet, set: readonly TestNode[], picks: number): number {
  const total = sum(set.map(one => one.weight))
  const counts = new Map(set.map(one => [one, 0]))
  let worst = 0
  for (let n = 1; n <= picks; n++) {
    const picked = fleet.pick() as TestNode
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
    for (const [one, count] of counts) worst = Math.max(worst, Math.abs(count - (n * one.weight) / total))
  }
  return worst
}

test('weighted-round-robin: no node is ever a whole pick away from its share, so none is called in a bunch', t => {
  fc.assert(
    fc.property(fc.oneof(wholeWeights, anyWeights), fc.integer(), (weights, seed) => {
      const fleet = new Fleet(weightedRoundRobin(), seed)
      const set = nodes(...weights)
      fleet.update(set)
      t.true(furthest(fleet, set, 400) < 1 + 1e-9)
    }),
  )
})

test('weighted-round-robin: one heavy node among many light ones is spread evenly', t => {
  const fleet = new Fleet(weightedRoundRobin())
  const [heavy, ...light] = nodes(100, ...new Array<number>(900).fill(1)) as [TestNode, ...TestNode[]]
  fleet.update([heavy, ...light])
  const gaps: number[] = []
  for (let n = 0, last = -1; n < 5000; n++) {
    if (fleet.pick() !== heavy) continue
    if (last >= 0) gaps.push(n - last)
    last = n
  }
  t.true(Math.min(...gaps) >= 5 && Math.max(...gaps) <= 15, `${Math.min(...gaps)} to ${Math.max(...gaps)}`)
})

test('weighted-round-robin: updates that change nothing change nothing', t => {
  fc.assert(
    fc.property(wholeWeights, fc.integer(), fc.integer({ min: 1, max: 20 }), (weights, seed, every) => {
      const fleet = new Fleet(weightedRoundRobin(), seed)
      const set = nodes(...weights)
      fleet.update(set)
      const counts = new Map(set.map(one => [one, 0]))
      const total = sum(weights)
      for (let n = 1; n <= 2 * total; n++) {
        const picked = fleet.pick() as TestNode
        counts.set(picked, (counts.get(picked) ?? 0) + 1)
        if (n % every === 0) fleet.update([...set])
        for (const [one, count] of counts) t.true(Math.abs(count - (n * one.weight) / total) < 1 + 1e-9)
      }
    }),
    { numRuns: 30 },
  )
})

test('weighted-round-robin: a node that was passed over gets its turn next', t => {
  const fleet = new Fleet(weightedRoundRobin())
  const [a, b] = nodes(1, 1) as [TestNode, TestNode]
  fleet.update([a, b])
  while (fleet.pick() !== b) {}
  t.is(fleet.pick(callWith({ tried: [a.endpoint] })), b)
  t.is(fleet.pick(), a)
})
