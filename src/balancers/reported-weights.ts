import type { Clock } from '../core/clock.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { LoadReport } from '../core/load-report.js'
import { misuse } from '../core/rpc-error.js'
import type { BalancerContext, Node } from './balancer.js'

/** How weights are made of what servers report. Source of the defaults: gRFC A58. */
export interface ReportedWeightOptions {
  /** A server must have reported for so long before its figures count, so that a new one is not judged by its first second; default 10 s. */
  readonly blackout?: Duration
  /** After so long without a report the figures count no more; default 3 min. */
  readonly expiration?: Duration
  /** Between two looks at the figures, 100 ms or more; default 1 s. */
  readonly update?: Duration
  /** What a share of failed calls adds to the utilization, 0 or more; default 1. */
  readonly errorPenalty?: number
}

export type ReportedWeightSettings = Required<{ [K in keyof ReportedWeightOptions]: number }>

/** So many times above or below the median a weight may lie: one server that lies, or errs, can neither take all calls nor starve. */
const spread = 10

interface Reported {
  weight: number
  /** When the latest report came. */
  at: number
  /** When the first one came of those since which there has been no gap. */
  since: number
}

/** Weights out of reports: what a server can do in a second, which is what it does now over the share of itself that this takes. */
export class ReportedWeights {
  private readonly reported = new Map<Node, Reported>()
  /** Those of whom was told that they are not believed. */
  private readonly told = new WeakSet<Node>()
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

  /** Whether it is time to look at the weights again; costs nothing for as long as no server reports. */
  get due(): boolean {
    return this.reported.size > 0 && this.clock.now() - this.looked >= this.settings.update
  }

  /** Nonsense is left out, told of once, and what the server said before goes on to hold until it expires. */
  take(node: Node, { applicationUtilization, cpuUtilization, qps, eps }: LoadReport): void {
    const utilization = applicationUtilization || cpuUtilization
    // A server at rest says nothing of what it can do.
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
    const known = this.reported.get(node)
    if (known === undefined) this.reported.set(node, { weight, at, since: at })
    else Object.assign(known, { weight, at })
  }

  /**
   * The weight of each node: as reported where two of them or more have reported, else as it is set. A node that has not gets the average of
   * those that have, times what its set weight is to theirs.
   */
  of(nodes: readonly Node[]): readonly number[] {
    const now = this.clock.now()
    this.looked = now
    this.forget(nodes, now)
    const usable = nodes.map(node => this.usable(node, now))
    const known = usable.filter(weight => weight !== undefined)
    if (known.length < 2) return nodes.map(node => node.weight)
    const median = known.toSorted((a, b) => a - b)[Math.floor((known.length - 1) / 2)] as number
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
    return one === undefined || now - one.since < this.settings.blackout ? undefined : one.weight
  }

  /** A node that has gone and comes back begins anew, and so does one that has been silent for too long. */
  private forget(nodes: readonly Node[], now: number): void {
    if (this.reported.size === 0) return
    const there = new Set(nodes)
    for (const [node, { at }] of this.reported)
      if (!there.has(node) || now - at >= this.settings.expiration) this.reported.delete(node)
  }

  private tell(node: Node, what: string): void {
    if (this.told.has(node)) return
    this.told.add(node)
    this.report(new Error(`${node.endpoint.address}: ${what}, and is not believed`))
  }
}

function isFigure(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

/** @throws RpcError `failed_precondition` where a setting makes no sense */
export function reportedWeightSettings(options: ReportedWeightOptions): ReportedWeightSettings {
  const { errorPenalty = 1 } = options
  if (!isFigure(errorPenalty))
    throw misuse('invalid_policy', `weightedRoundRobin: errorPenalty is ${errorPenalty}; write a number from 0 on`)
  return {
    blackout: toMilliseconds(options.blackout ?? 10_000, 'weightedRoundRobin blackout'),
    expiration: toMilliseconds(options.expiration ?? 180_000, 'weightedRoundRobin expiration'),
    update: Math.max(100, toMilliseconds(options.update ?? 1000, 'weightedRoundRobin update')),
    errorPenalty,
  }
}
