import test from 'ava'
import fc from 'fast-check'
import { leastConnections } from '../../src/balancers/least-connections.js'
import { balancerContract } from './contract.js'
import { Fleet, nodes } from './fleet.js'

balancerContract('least-connections', leastConnections, { evenness: 0.1, weights: 'load' })

test('least-connections: the pick has the least load of all, whatever began and ended', t => {
  const steps = fc.array(fc.oneof(fc.constant('start' as const), fc.nat()), { maxLength: 200 })
  const weights = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.integer(), weights, steps, (seed, of, what) => {
      const fleet = new Fleet(leastConnections, seed)
      const set = nodes(...of)
      fleet.update(set)
      const running = []
      for (const step of what) {
        if (step === 'start') {
          const least = Math.min(...set.map(one => one.inFlight / one.weight))
          const picked = fleet.start()
          t.is((picked.inFlight - 1) / picked.weight, least)
          running.push(picked)
        } else {
          const [ended] = running.splice(step % (running.length || 1), 1)
          if (ended !== undefined) fleet.end(ended)
        }
      }
    }),
  )
})

test('least-connections: calls that other balancers of the channel began count too', t => {
  const fleet = new Fleet(leastConnections)
  const [a, b] = nodes(1, 1)
  if (a === undefined || b === undefined) return t.fail()
  fleet.update([a, b])
  a.inFlight++
  fleet.balancer.started?.(a)
  for (let n = 0; n < 10; n++) t.is(fleet.pick(), b)
})
