import test from 'ava'
import { random } from '../../src/balancers/random.js'
import { balancerContract } from './contract.js'
import { callWith, Fleet, nodes, type TestNode } from './fleet.js'

balancerContract('random', random, { evenness: 0.1, weights: 'share' })

test('random: shares are as weights over a thousand unequal nodes', t => {
  const fleet = new Fleet(random)
  const set = nodes(...Array.from({ length: 1000 }, (_, at) => 1 + (at % 10)))
  fleet.update(set)
  const counts = fleet.spread(set, 200_000)
  for (let weight = 1; weight <= 10; weight++) {
    const share = counts.filter((_, at) => 1 + (at % 10) === weight).reduce((sum, count) => sum + count, 0)
    t.true(Math.abs(share / ((200_000 * weight) / 55) - 1) < 0.05, `weight ${weight}: ${share}`)
  }
})

test('random: the nodes that are left keep their shares when some were tried', t => {
  const fleet = new Fleet(random)
  const [a, b, c] = nodes(1, 3, 4) as [TestNode, TestNode, TestNode]
  fleet.update([a, b, c])
  let heavier = 0
  for (let n = 0; n < 4000; n++) if (fleet.pick(callWith({ tried: [c.endpoint] })) === b) heavier++
  t.true(Math.abs(heavier / 3000 - 1) < 0.06, `${heavier}`)
})
