import test from 'ava'
import { roundRobin } from '../../src/balancers/round-robin.js'
import { balancerContract } from './contract.js'
import { callWith, Fleet, nodes, type TestNode } from './fleet.js'

balancerContract('round-robin', roundRobin, { evenness: 0.001, weights: 'ignored' })

test('round-robin: each node in turn, from a random start', t => {
  const fleet = new Fleet(roundRobin)
  const set = nodes(1, 1, 1, 1)
  fleet.update(set)
  const start = set.indexOf(fleet.pick() as TestNode)
  for (let n = 1; n < 12; n++) t.is(fleet.pick(), set[(start + n) % 4])
})

test('round-robin: the turn goes on when nodes come and go', t => {
  const fleet = new Fleet(roundRobin)
  const [a, b, c, d] = nodes(1, 1, 1, 1) as [TestNode, TestNode, TestNode, TestNode]
  fleet.update([a, b, c])
  while (fleet.pick() !== a) {}
  fleet.update([d, c, b, a])
  t.is(fleet.pick(), b)
  fleet.update([c, d])
  t.is(fleet.pick(), d, 'it was the turn of a, which has left, and then of d')
  t.is(fleet.pick(), c)
})

test('round-robin: a retry takes the next node and the turn goes on behind it', t => {
  const fleet = new Fleet(roundRobin)
  const [a, b, c] = nodes(1, 1, 1) as [TestNode, TestNode, TestNode]
  fleet.update([a, b, c])
  while (fleet.pick() !== a) {}
  t.is(fleet.pick(callWith({ tried: [a.endpoint, b.endpoint] })), c)
  t.is(fleet.pick(), a)
})
