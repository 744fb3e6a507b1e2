import test from 'ava'
import fc from 'fast-check'
import { type ReportedWeightOptions } from '../../src/balancers/reported-weights.js'
import { weightedRoundRobin } from '../../src/balancers/weighted-round-robin.js'
import type { LoadReport } from '../../src/core/load-report.js'
import { RpcError } from '../../src/index.js'
import { Fleet, nodes, type TestNode } from './fleet.js'

const load = (figures: Partial<LoadReport>): LoadReport => ({
  cpuUtilization: 0,
  applicationUtilization: 0,
  memoryUtilization: 0,
  qps: 0,
  eps: 0,
  named: new Map(),
  ...figures,
})

/** A fleet whose servers report; each report holds from the next look at the weights on. */
class ReportingFleet extends Fleet {
  constructor(
    readonly set: readonly TestNode[],
    options?: ReportedWeightOptions,
  ) {
    super(weightedRoundRobin(options))
    this.update(set)
  }

  reports(...figures: (Partial<LoadReport> | undefined)[]): void {
    figures.forEach((one, at) => {
      if (one !== undefined) this.balancer.reported?.(this.set[at] as TestNode, load(one))
    })
  }

  /** Shares of the picks, in parts of their sum, after that much time. */
  shares(after: number, picks = 1000): number[] {
    this.clock.time += after
    this.pick()
    return this.spread(this.set, picks).map(count => Math.round((count / picks) * 1000) / 1000)
  }
}

const half = { applicationUtilization: 0.5, qps: 100 }

test('a weight is what a server does over how full that makes it, errors counted against it', t => {
  const fleet = new ReportingFleet(nodes(1, 1, 1, 1))
  const report = () =>
    fleet.reports(
      { applicationUtilization: 0.5, cpuUtilization: 0.9, qps: 100 },
      { cpuUtilization: 0.25, qps: 100 },
      { applicationUtilization: 0.5, qps: 300 },
      { applicationUtilization: 0.25, qps: 100, eps: 75 },
    )
  report()
  // 200 : 400 : 600 : 100
  t.deepEqual(fleet.shares(10_000, 1300), [0.154, 0.308, 0.462, 0.077])
})

test('a server is not judged by its first ten seconds', t => {
  const fleet = new ReportingFleet(nodes(1, 1))
  fleet.reports(half, { ...half, qps: 300 })
  t.deepEqual(fleet.shares(9_999), [0.5, 0.5])
  t.deepEqual(fleet.shares(1001), [0.25, 0.75])
})

test('figures hold for three minutes, and then as if there had never been any', t => {
  const fleet = new ReportingFleet(nodes(3, 1))
  const report = () => fleet.reports(half, { ...half, qps: 300 })
  report()
  t.deepEqual(fleet.shares(10_000), [0.25, 0.75])
  t.deepEqual(fleet.shares(169_999), [0.25, 0.75])
  t.deepEqual(fleet.shares(1001), [0.75, 0.25], 'weights as they are set')
  report()
  t.deepEqual(fleet.shares(5000), [0.75, 0.25], 'the blackout begins anew')
  t.deepEqual(fleet.shares(5000), [0.25, 0.75])
})

test('a clock that jumps ahead only makes the figures old', t => {
  const fleet = new ReportingFleet(nodes(1, 1))
  fleet.reports(half, { ...half, qps: 300 })
  t.deepEqual(fleet.shares(1e12), [0.5, 0.5])
})

test('of one server alone the figures say nothing', t => {
  const fleet = new ReportingFleet(nodes(1, 3))
  fleet.reports(half)
  t.deepEqual(fleet.shares(20_000), [0.25, 0.75])
})

test('a server that does not report gets the average of those that do, by its weight', t => {
  const fleet = new ReportingFleet(nodes(1, 1, 1, 2))
  fleet.reports({ ...half, qps: 100 }, { ...half, qps: 300 }, undefined, undefined)
  // 200, 600, 400, 800
  t.deepEqual(fleet.shares(10_000), [0.1, 0.3, 0.2, 0.4])
})

test('a server that has gone and comes back begins anew', t => {
  const fleet = new ReportingFleet(nodes(1, 1, 1))
  const [a, b, c] = fleet.set as [TestNode, TestNode, TestNode]
  fleet.reports(half, half, { ...half, qps: 400 })
  t.deepEqual(fleet.shares(10_000, 600), [0.167, 0.167, 0.667])
  fleet.update([a, b])
  fleet.update([a, b, c])
  t.deepEqual(fleet.shares(1000, 600), [0.333, 0.333, 0.333])
})

test('a change of the figures is seen within a second, and not at each pick', t => {
  const fleet = new ReportingFleet(nodes(1, 1))
  fleet.reports(half, half)
  t.deepEqual(fleet.shares(10_000), [0.5, 0.5])
  fleet.reports(half, { ...half, qps: 300 })
  t.deepEqual(fleet.shares(999), [0.5, 0.5])
  t.deepEqual(fleet.shares(1), [0.25, 0.75])
})

for (const lie of [
  { applicationUtilization: Number.NaN, qps: 1 },
  { applicationUtilization: -0.5, qps: 100 },
  { applicationUtilization: 0.5, qps: Number.POSITIVE_INFINITY },
  { applicationUtilization: 0.5, qps: -100 },
  { applicationUtilization: 0.5, qps: 100, eps: Number.NEGATIVE_INFINITY },
  { applicationUtilization: 1e-308, qps: 1e308 },
  { cpuUtilization: Number.NaN, qps: 1 },
]) {
  test(`nonsense is left out, with one warning: ${Object.entries(lie).flat().join(' ')}`, t => {
    const fleet = new ReportingFleet(nodes(1, 1))
    fleet.reports(half, { ...half, qps: 300 })
    t.deepEqual(fleet.shares(10_000), [0.25, 0.75])
    fleet.reports(undefined, lie)
    fleet.reports(undefined, lie)
    t.deepEqual(fleet.shares(1000), [0.25, 0.75], 'what it said before holds')
    t.is(fleet.warnings.length, 1)
    t.regex(
      fleet.warnings[0] as string,
      /^Error: node-1:50051: its load report makes no sense: .* and is not believed$/,
    )
  })
}

test('a server at rest says nothing of what it can do', t => {
  const fleet = new ReportingFleet(nodes(1, 1))
  fleet.reports(half, { ...half, qps: 300 })
  fleet.reports({ applicationUtilization: 0, qps: 5 }, { applicationUtilization: 0.2, qps: 0 })
  t.deepEqual(fleet.shares(10_000), [0.25, 0.75])
  t.deepEqual(fleet.warnings, [])
})

test('a server that lies takes no more than ten times the share of the others, with one warning', t => {
  const fleet = new ReportingFleet(nodes(1, 1, 1, 1))
  for (let second = 0; second < 12; second++) {
    fleet.reports(half, half, half, { ...half, qps: 1e12 })
    fleet.clock.time += 1000
  }
  t.deepEqual(fleet.shares(1000, 1300), [0.077, 0.077, 0.077, 0.769])
  t.deepEqual(fleet.warnings.length, 1)
  t.regex(fleet.warnings[0] as string, /^Error: node-3:50051: it claims 1\.0e\+10 times the weight of its peers/)
})

test('whatever two servers of five say, nobody starves and nobody takes all', t => {
  const figure = fc.double({ noNaN: false })
  const lie = fc.record({ applicationUtilization: figure, cpuUtilization: figure, qps: figure, eps: figure })
  fc.assert(
    fc.property(fc.array(fc.tuple(lie, lie), { minLength: 1, maxLength: 20 }), lies => {
      const fleet = new ReportingFleet(nodes(1, 1, 1, 1, 1))
      for (const [one, other] of lies) {
        fleet.reports(half, half, half, one, other)
        fleet.clock.time += 2000
        fleet.pick()
      }
      const shares = fleet.shares(12_000)
      // The worst: one at ten times the median, one at a tenth of it.
      return shares.every(share => share >= 0.004 && share <= 0.77)
    }),
  )
  t.pass()
})

test('settings that make no sense are start-up errors', t => {
  t.throws(() => weightedRoundRobin({ errorPenalty: -1 }), {
    instanceOf: RpcError,
    message: /errorPenalty must be a number of at least 0, got -1/,
  })
  t.throws(() => weightedRoundRobin({ blackoutTime: 'soon' as '1s' }), {
    message: /weightedRoundRobin: blackoutTime must be milliseconds, .*, got "soon"/,
  })
})

test('its settings: no blackout, another penalty', t => {
  const fleet = new ReportingFleet(nodes(1, 1), { blackoutTime: 0, errorPenalty: 0, updateInterval: '5s' })
  fleet.reports({ ...half, eps: 100 }, half)
  t.deepEqual(fleet.shares(5000), [0.5, 0.5])
})
