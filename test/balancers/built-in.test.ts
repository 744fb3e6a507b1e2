import test from 'ava'
import { builtInBalancers, defaultBalancer } from '../../src/balancers/built-in.js'
import { Fleet, nodes } from './fleet.js'

test('every balancer of the documentation has its name', t => {
  t.deepEqual([...builtInBalancers.keys()].sort(), [
    'adaptive',
    'consistent-hash',
    'least-connections',
    'random',
    'round-robin',
    'weighted-round-robin',
  ])
  t.true(builtInBalancers.has(defaultBalancer))
  for (const factory of builtInBalancers.values()) {
    const fleet = new Fleet(factory)
    fleet.update(nodes(1))
    t.truthy(fleet.pick())
  }
})
