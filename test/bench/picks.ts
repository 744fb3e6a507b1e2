import type { Balancer } from '../../src/balancers/balancer.js'
import { builtInBalancers } from '../../src/balancers/built-in.js'
import { systemClock } from '../../src/core/timer-wheel.js'
import { callWith, nodes, type TestNode } from '../balancers/fleet.js'
import { printTable } from './harness/table.js'

/** What one pick costs, with its begin and its end as a channel reports them; medians of several rounds. */
const fleetSize = 10_000
const picks = 100_000
const rounds = 9

const calls = Array.from({ length: 1024 }, (_, at) => callWith({ key: `key-${at}` }))

function nanosecondsPerPick(balancer: Balancer): number {
  const running: TestNode[] = []
  const begin = process.cpuUsage()
  for (let n = 0; n < picks; n++) {
    const picked = balancer.pick(calls[n & 1023] as (typeof calls)[0]) as TestNode
    picked.inFlight++
    balancer.started?.(picked)
    running.push(picked)
    if (n < 64) continue
    const ended = running[n - 64] as TestNode
    ended.inFlight--
    balancer.done?.(ended, { latency: 1, failed: false })
  }
  const { user, system } = process.cpuUsage(begin)
  for (const left of running.slice(-64)) {
    left.inFlight--
    balancer.done?.(left, { latency: 1, failed: false })
  }
  return ((user + system) * 1e3) / picks
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number
}

/** Prints what a pick costs under each balancer, with equal and with unequal weights. */
export async function run(): Promise<void> {
  console.log(`ns of CPU for a pick with its begin and end, ${fleetSize} endpoints, 64 calls in flight; update in ms`)
  printTable(measurePicks())
}

/** The figures as rows of a table, the head first. */
export function measurePicks(): string[][] {
  const rows = [['', 'equal weights, ns', 'unequal weights, ns', 'update, ms']]
  for (const [name, factory] of builtInBalancers) {
    const cells: string[] = []
    let update = 0
    for (const weights of ['equal', 'unequal']) {
      const balancer = factory({ random: Math.random, clock: systemClock, report: console.error })
      const set = nodes(
        ...Array.from({ length: fleetSize }, (_, at) => (weights === 'equal' ? 1 : 1 + ((at * 7919) % 100))),
      )
      const begin = performance.now()
      balancer.update(set)
      update = Math.max(update, performance.now() - begin)
      const times = Array.from({ length: rounds }, () => nanosecondsPerPick(balancer))
      cells.push(median(times).toFixed(0))
    }
    rows.push([name, ...cells, update.toFixed(1)])
  }
  return rows
}
