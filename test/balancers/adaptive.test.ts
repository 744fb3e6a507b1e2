import test from 'ava'
import { adaptive } from '../../src/balancers/adaptive.js'
import { balancerContract } from './contract.js'
import { Fleet, node, nodes, type TestNode } from './fleet.js'

balancerContract('adaptive', adaptive, { evenness: 0.1, weights: 'ignored' })

/** Calls one after another, each `every` milliseconds; returns how many each node got. */
function run(
  fleet: Fleet,
  set: readonly TestNode[],
  calls: number,
  outcome: (one: TestNode) => number | 'failed',
  every = 1,
) {
  const counts = new Map(set.map(one => [one, 0]))
  for (let n = 0; n < calls; n++) {
    const picked = fleet.start()
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
    const how = outcome(picked)
    fleet.clock.time += every
    fleet.end(picked, how === 'failed' ? { latency: 0.1, failed: true } : { latency: how, failed: false })
  }
  return set.map(one => counts.get(one) ?? 0)
}

test('adaptive: a slow node gets a small part of the calls', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1, 1, 1, 1)
  fleet.update(set)
  run(fleet, set, 500, one => (one === set[0] ? 100 : 2))
  const [slow = 0] = run(fleet, set, 5000, one => (one === set[0] ? 100 : 2))
  t.true(slow < 50, `${slow}`)
})

test('adaptive: a quarter of slow nodes is not overrun', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(...new Array<number>(20).fill(1))
  const slow = new Set(set.slice(0, 5))
  fleet.update(set)
  run(fleet, set, 2000, one => (slow.has(one) ? 100 : 5))
  const counts = run(fleet, set, 10_000, one => (slow.has(one) ? 100 : 5))
  const share = counts.slice(0, 5).reduce((sum, count) => sum + count, 0) / 10_000
  t.true(share < 0.02, `${share} of the calls; two choices alone send every sixteenth pair`)
})

test('adaptive: a node that was slow comes back as the decay goes on', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1, 1)
  fleet.update(set)
  run(fleet, set, 300, one => (one === set[0] ? 100 : 2))
  fleet.clock.time += 60_000
  const [was = 0] = run(fleet, set, 3000, () => 2, 100)
  t.true(was > 700, `${was}`)
})

test('adaptive: a peak counts at once', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1) as [TestNode, TestNode]
  fleet.update(set)
  run(fleet, set, 200, () => 2)
  fleet.balancer.done?.(set[0], { latency: 500, failed: false })
  t.deepEqual(
    run(fleet, set, 100, () => 2),
    [0, 100],
  )
})

test('adaptive: of two equal nodes the one with fewer calls in flight', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1) as [TestNode, TestNode]
  fleet.update(set)
  run(fleet, set, 200, () => 2)
  set[0].inFlight = 3
  for (let n = 0; n < 20; n++) t.is(fleet.pick(), set[1])
})

test('adaptive: before anything is measured, calls in flight decide', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1) as [TestNode, TestNode]
  fleet.update(set)
  for (let n = 0; n < 20; n++) fleet.start()
  t.deepEqual(
    set.map(one => one.inFlight),
    [10, 10],
  )
})

test('adaptive: the heavier node gets more of the calls in flight', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 3) as [TestNode, TestNode]
  fleet.update(set)
  for (let n = 0; n < 40; n++) fleet.start()
  t.deepEqual(
    set.map(one => one.inFlight),
    [10, 30],
  )
})

test('adaptive: a node that fails fast does not draw the calls to itself', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1, 1)
  fleet.update(set)
  const [failing = 0] = run(fleet, set, 3000, one => (one === set[0] ? 'failed' : 20))
  t.true(failing < 60, `${failing}`)
})

test('adaptive: a new node starts at the average of the pool, without a rush', t => {
  const fleet = new Fleet(adaptive)
  const old = nodes(1, 1, 1, 1)
  fleet.update(old)
  run(fleet, old, 2000, () => 20)
  const fresh = node('fresh')
  fleet.update([...old, fresh])
  for (let n = 0; n < 50; n++) fleet.start()
  t.true(fresh.inFlight >= 5 && fresh.inFlight <= 15, `${fresh.inFlight}`)
})

test('adaptive: what was measured outlives an update', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1)
  fleet.update(set)
  run(fleet, set, 100, one => (one === set[0] ? 100 : 2))
  fleet.update([...set])
  const [slow = 0] = run(fleet, set, 100, one => (one === set[0] ? 100 : 2))
  t.true(slow <= 1, `${slow}`)
})

test('adaptive: a clock that jumps back does no harm', t => {
  const fleet = new Fleet(adaptive)
  const set = nodes(1, 1)
  fleet.update(set)
  run(fleet, set, 100, () => 2)
  fleet.clock.time -= 1_000_000
  const counts = run(fleet, set, 1000, () => 2)
  for (const count of counts) t.true(count > 300, `${count}`)
})
