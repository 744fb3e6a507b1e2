import test from 'ava'
import fc from 'fast-check'
import type { BalancerFactory } from '../../src/balancers/balancer.js'
import { callWith, Fleet, node, nodes, type TestNode } from './fleet.js'

export interface ContractOptions {
  /** How far, as a share of the mean, a node's count may lie from it, over many calls on equal nodes. */
  readonly evenness: number
  /** What becomes of weights: `share`: a node's share of the calls is that of its weight; `load`: of the calls in flight; `ignored`. */
  readonly weights: 'share' | 'load' | 'ignored'
}

/** What every balancer keeps. A new one gets its whole test of the contract by one call. */
export function balancerContract(name: string, factory: BalancerFactory, options: ContractOptions): void {
  test(`${name}: no node, no pick`, t => {
    const fleet = new Fleet(factory)
    t.is(fleet.pick(), undefined)
    fleet.update([])
    t.is(fleet.pick(), undefined)
    fleet.update(nodes(1, 1))
    fleet.update([])
    t.is(fleet.pick(), undefined)
  })

  test(`${name}: one node gets every call`, t => {
    const fleet = new Fleet(factory)
    const only = node('only')
    fleet.update([only])
    for (let n = 0; n < 20; n++) t.is(fleet.start(callWith({ key: `key-${n}` })), only)
  })

  test(`${name}: whatever happens, a pick is a node of the last set that the call has not been to, and there is one if it can be`, t => {
    const all = nodes(1, 1, 2, 3, 0.5, 7, 1, 1)
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('update' as const),
        set: fc.subarray(all),
        weight: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({ kind: fc.constant('call' as const), tried: fc.subarray(all), key: fc.string() }),
      fc.record({ kind: fc.constant('end' as const), at: fc.nat(), failed: fc.boolean(), latency: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 60 }), (seed, steps) => {
        const fleet = new Fleet(factory, seed)
        for (const one of all) one.inFlight = 0
        let current: TestNode[] = []
        const running: TestNode[] = []
        for (const what of steps) {
          fleet.clock.time += 100
          if (what.kind === 'update') {
            current = what.set
            for (const one of current.slice(0, 1)) one.weight = what.weight
            fleet.update(current)
          } else if (what.kind === 'end') {
            const [ended] = running.splice(what.at % (running.length || 1), 1)
            if (ended !== undefined) fleet.end(ended, what)
          } else {
            const key = what.key.replace(/[^ -~]/g, '')
            const call = callWith({ key, tried: what.tried.map(one => one.endpoint) })
            const allowed = current.filter(one => !what.tried.includes(one))
            if (allowed.length === 0) {
              if (fleet.pick(call) !== undefined) return false
            } else {
              const picked = fleet.start(call)
              if (!allowed.includes(picked)) return false
              running.push(picked)
            }
          }
        }
        return true
      }),
    )
    t.pass()
  })

  test(`${name}: endpoints are told apart by address, not by object`, t => {
    const fleet = new Fleet(factory)
    const [one, other] = nodes(1, 1) as [TestNode, TestNode]
    fleet.update([one, other])
    for (let n = 0; n < 20; n++) t.is(fleet.pick(callWith({ key: `${n}`, tried: [{ ...one.endpoint }] })), other)
  })

  test(`${name}: equal nodes get equal shares`, t => {
    const fleet = new Fleet(factory)
    const set = nodes(1, 1, 1, 1, 1)
    fleet.update(set)
    for (const count of fleet.spread(set, 20_000)) t.true(Math.abs(count / 4000 - 1) <= options.evenness, `${count}`)
  })

  test(`${name}: clients that start together do not all begin with the same node`, t => {
    const firsts = new Set<string | undefined>()
    for (let seed = 0; seed < 40; seed++) {
      const fleet = new Fleet(factory, seed)
      fleet.update(nodes(1, 1, 1))
      firsts.add(fleet.pick()?.endpoint.address)
    }
    t.is(firsts.size, 3)
  })

  test(`${name}: a node that comes is called, one that goes is not, and the others go on`, t => {
    const fleet = new Fleet(factory)
    const [a, b, c] = nodes(1, 1, 1) as [TestNode, TestNode, TestNode]
    fleet.update([a, b])
    fleet.spread([a, b], 1000)
    fleet.update([a, b, c])
    for (const count of fleet.spread([a, b, c], 6000)) t.true(count > 1000, `${count}`)
    fleet.update([b, c])
    const [left, ...stayed] = fleet.spread([a, b, c], 6000)
    t.is(left, 0)
    for (const count of stayed) t.true(count > 2000, `${count}`)
  })

  test(`${name}: an attempt that ends on a node that has left does no harm`, t => {
    const fleet = new Fleet(factory)
    const [a, b] = nodes(1, 1) as [TestNode, TestNode]
    fleet.update([a])
    const picked = fleet.start()
    fleet.update([b])
    fleet.end(picked)
    t.is(fleet.pick(), b)
    fleet.update([])
    t.is(fleet.pick(), undefined)
  })

  test(`${name}: sets that change all the time starve nobody`, t => {
    const fleet = new Fleet(factory)
    const set = nodes(1, 1, 1, 1)
    const counts = new Map<TestNode, number>()
    for (let n = 0; n < 4000; n++) {
      fleet.update([...set, node(`guest-${n}`)])
      const picked = fleet.start(callWith({ key: `key-${n}` }))
      counts.set(picked, (counts.get(picked) ?? 0) + 1)
      fleet.end(picked)
    }
    for (const one of set) t.true((counts.get(one) ?? 0) > 400, `${one.endpoint.address}: ${counts.get(one)}`)
  })

  if (options.weights === 'share') {
    test(`${name}: shares are as weights`, t => {
      const fleet = new Fleet(factory)
      const set = nodes(1, 3, 0.5, 5.5)
      fleet.update(set)
      const counts = fleet.spread(set, 40_000)
      set.forEach(({ weight }, at) => {
        const share = (counts[at] ?? 0) / 4000
        t.true(Math.abs(share / weight - 1) <= Math.max(0.1, 2 * options.evenness), `weight ${weight}: ${share}`)
      })
    })

    test(`${name}: a weight changes without a restart`, t => {
      const fleet = new Fleet(factory)
      const [a, b] = nodes(1, 1) as [TestNode, TestNode]
      fleet.update([a, b])
      fleet.spread([a, b], 1001)
      a.weight = 3
      fleet.update([a, b])
      const [light] = fleet.spread([b], 8000) as [number]
      t.true(Math.abs(light / 2000 - 1) <= Math.max(0.1, 2 * options.evenness), `${light}`)
    })
  }

  if (options.weights === 'load') {
    test(`${name}: calls in flight are shared as weights are`, t => {
      const fleet = new Fleet(factory)
      const set = nodes(1, 3, 6)
      fleet.update(set)
      const running: TestNode[] = []
      const sums = [0, 0, 0]
      for (let n = 0; n < 4000; n++) {
        if (running.length === 100) {
          const [ended] = running.splice(Math.floor(fleet.random() * running.length), 1)
          if (ended !== undefined) fleet.end(ended)
        }
        running.push(fleet.start())
        if (n >= 1000)
          set.forEach(({ inFlight }, at) => {
            sums[at] = (sums[at] ?? 0) + inFlight / 3000
          })
      }
      for (const [at, { weight }] of set.entries())
        t.true(Math.abs((sums[at] ?? 0) / weight / 10 - 1) < 0.2, `weight ${weight}: ${sums[at]}`)
    })
  }
}
