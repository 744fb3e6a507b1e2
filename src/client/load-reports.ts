import type { Balancer } from '../balancers/balancer.js'
import type { ActiveCall } from '../core/active-call.js'
import type { Headers } from '../core/headers.js'
import { type LoadReport, loadReportTrailer } from '../core/load-report.js'
import { readLoadReport } from '../policies/load-report/orca.js'
import type { ChannelNode } from './node.js'

/** The latest report of a server. A server repeats it for a second, so it is decoded once. */
interface LastReport {
  bytes: Uint8Array
  /** Undefined if the bytes are not a report. */
  load: LoadReport | undefined
}

/** Passes the load reports of servers (gRFC A51) to the balancers that want them. Costs nothing if there are none. */
export class LoadReports {
  private readonly balancers: Balancer[] = []
  private readonly lastReports = new WeakMap<ChannelNode, LastReport>()

  constructor(private readonly report: (error: unknown) => void) {}

  listen(balancer: Balancer): void {
    if (balancer.reported !== undefined) this.balancers.push(balancer)
  }

  /** Returns the trailers before an attempt: those of an earlier attempt, which `read` skips. */
  before(call: ActiveCall): Headers | undefined {
    return this.balancers.length === 0 ? undefined : call.replyTrailersIfAny
  }

  /** Reads the report of an attempt that has ended. */
  read(node: ChannelNode, call: ActiveCall, before: Headers | undefined): void {
    if (this.balancers.length === 0) return
    const trailers = call.replyTrailersIfAny
    const bytes = trailers === before ? undefined : trailers?.get(loadReportTrailer)
    const load = bytes === undefined ? undefined : this.decoded(node, bytes)
    if (load !== undefined) for (const balancer of this.balancers) balancer.reported?.(node, load)
  }

  private decoded(node: ChannelNode, bytes: Uint8Array): LoadReport | undefined {
    let last = this.lastReports.get(node)
    if (last !== undefined && Buffer.compare(last.bytes, bytes) === 0) return last.load
    const hadWarned = last !== undefined && last.load === undefined
    last = { bytes, load: undefined }
    this.lastReports.set(node, last)
    try {
      last.load = readLoadReport(bytes)
    } catch (error) {
      if (!hadWarned)
        this.report(new Error(`${node.endpoint.address}: its load report cannot be read: ${(error as Error).message}`))
    }
    return last.load
  }
}
