import type { Clock } from '../core/clock.js'
import type { Duration } from '../core/duration.js'
import type { LoadReport } from '../core/load-report.js'
import { number, type OptionReaders, readOptions, type Settings, time } from '../core/options.js'
import type { BalancerContext, Node } from './balancer.js'

/** How the load reports of servers become weights. Source of the defaults: gRFC A58. */
export interface ReportedWeightOptions {
  /** How long a server must have reported before its figures count, so that a new one is not judged by its first second; default 10 s. */
  readonly blackoutTime?: Duration
  /** How long figures count after the latest report; default 3 min. */
  readonly expirationTime?: Duration
  /** The time between two updates of the weights, at least 100 ms; default 1 s. */
  readonly updateInterval?: Duration
  /** Utilization that is added per share of failed calls, 0 or more; default 1. */
  readonly errorPenalty?: number
}

const readers = {
  blackoutTime: time('10s'),
  expirationTime: time('3m'),
  updateInterval: time('1s'),
  errorPenalty: number({ from: 0 }, 1),
} satisfies OptionReaders<ReportedWeightOptions>

export type ReportedWeightSettings = Settings<typeof readers>

/**
 * A weight may be this many times above or below the median, so that a server that reports nonsense neither takes all calls nor starves.
 */
const spread = 10

interface Reported {
  weight: number
  /** When the latest report came, in monotonic milliseconds. */
  at: number
  /** When the first report of the current run without a gap came. */
  since: number
}

/** Weights from load reports: the calls that a server can answer per second, which is its current rate divided by its utilization. */
export class ReportedWeights {
  private readonly reported = new Map<Node, Reported>()
  /** Nodes whose figures were reported as wrong. */
  private readonly warned = new WeakSet<Node>()
  private looked = Number.NEGATIVE_INFINITY
  private readonly clock: Clock
  private readonly report: (error: unknown) => void

  constructor(
    private readonly settings: ReportedWeightSettings,
    { clock, report }: BalancerContext,
  ) {
    this.clock = clock
    this.report = report
  }

  /** Whether the weights must be updated. Costs nothing while no server reports. */
  get due(): boolean {
    return this.reported.size > 0 && this.clock.now() - this.looked >= this.settings.updateInterval
  }

  /** Drops figures that make no sense, and reports that once per node. The node's earlier figures stay until they expire. */
  take(node: Node, { applicationUtilization, cpuUtilization, qps, eps }: LoadReport): void {
    const utilization = applicationUtilization || cpuUtilization
    // An idle server does not show what it can do.
    const atRest = utilization === 0 || qps === 0
    const weight = atRest ? 0 : qps / (utilization + (eps / qps) * this.settings.errorPenalty)
    if (![applicationUtilization, cpuUtilization, qps, eps, weight].every(isFigure)) {
      this.tell(
        node,
        `its load report makes no sense: utilization ${utilization}, ${qps} calls a second, ${eps} errors`,
      )
      return
    }
    if (weight === 0) return
    const at = this.clock.now()
    const existing = this.reported.get(node)
    if (existing === undefined) this.reported.set(node, { weight, at, since: at })
    else Object.assign(existing, { weight, at })
  }

  /**
   * The weight of each node: the reported one if at least two nodes have reported, else the configured one. A node that has not reported
   * gets the average of those that have, scaled by its configured weight.
   */
  of(nodes: readonly Node[]): readonly number[] {
    const now = this.clock.now()
    this.looked = now
    this.forget(nodes, now)
    const usable = nodes.map(node => this.usable(node, now))
    const measured = usable.filter(weight => weight !== undefined)
    if (measured.length < 2) return nodes.map(node => node.weight)
    const median = measured.toSorted((a, b) => a - b)[Math.floor((measured.length - 1) / 2)] as number
    let sum = 0
    let sumSet = 0
    const believed = usable.map((weight, at) => {
      if (weight === undefined) return undefined
      const node = nodes[at] as Node
      const bounded = Math.min(Math.max(weight, median / spread), median * spread)
      if (bounded !== weight)
        this.tell(node, `it claims ${(weight / median).toPrecision(2)} times the weight of its peers`)
      sum += bounded
      sumSet += node.weight
      return bounded
    })
    return believed.map((weight, at) => weight ?? (sum * (nodes[at] as Node).weight) / sumSet)
  }

  private usable(node: Node, now: number): number | undefined {
    const one = this.reported.get(node)
    return one === undefined || now - one.since < this.settings.blackoutTime ? undefined : one.weight
  }

  /** Drops the figures of nodes that are gone or have been silent for too long. */
  private forget(nodes: readonly Node[], now: number): void {
    if (this.reported.size === 0) return
    const current = new Set(nodes)
    for (const [node, { at }] of this.reported)
      if (!current.has(node) || now - at >= this.settings.expirationTime) this.reported.delete(node)
  }

  private tell(node: Node, what: string): void {
    if (this.warned.has(node)) return
    this.warned.add(node)
    this.report(new Error(`${node.endpoint.address}: ${what}, and is not believed`))
  }
}

function isFigure(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

/** @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range */
export function reportedWeightSettings(options: ReportedWeightOptions): ReportedWeightSettings {
  const settings = readOptions('weightedRoundRobin', options, readers)
  return { ...settings, updateInterval: Math.max(100, settings.updateInterval) }
}
