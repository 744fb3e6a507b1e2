import { codeName } from '../../core/code.js'
import type { RpcError } from '../../core/rpc-error.js'
import { Histogram } from './histogram.js'

/** How one call went. Times are monotonic milliseconds. */
export interface Outcome {
  readonly due: number
  readonly sent: number
  readonly ended: number
  readonly error: RpcError | undefined
  readonly endpoint: string | undefined
}

interface Failures {
  readonly code: string
  readonly reason: string | undefined
  readonly first: RpcError
  count: number
}

interface PerEndpoint {
  failed: number
  readonly latency: Histogram
}

/** What a run counted. Percentiles are over all calls, failed ones included: nothing leaves the statistics. */
export class Tally {
  /** From when a call was due: a caller's wait for a connection or a stalled generator counts. */
  readonly corrected = new Histogram()
  /** From when it was sent. */
  readonly raw = new Histogram()
  /** As `corrected`, of the calls that succeeded. */
  readonly succeeded = new Histogram()
  readonly failures = new Map<string, Failures>()
  readonly endpoints = new Map<string, PerEndpoint>()
  due = 0
  sent = 0
  ok = 0
  failed = 0
  /** Due when too many were in flight. They count as failed. */
  notSent = 0
  /** Without an end when the run was over. */
  unfinished = 0
  /** Milliseconds by which the latest call left after it was due. */
  latest = 0
  /** Calls that left more than a millisecond late. */
  late = 0

  left(due: number, at: number): void {
    this.sent++
    this.latest = Math.max(this.latest, at - due)
    if (at - due > 1) this.late++
  }

  ended({ due, sent, ended, error, endpoint }: Outcome): void {
    const latency = (ended - due) * 1000
    this.corrected.record(latency)
    this.raw.record((ended - sent) * 1000)
    if (error === undefined) {
      this.ok++
      this.succeeded.record(latency)
    } else this.fail(error)
    const place = this.endpointOf(endpoint ?? 'no endpoint')
    place.latency.record(latency)
    if (error !== undefined) place.failed++
  }

  /** A call without an end: its age is the least that its latency is. */
  abandoned(due: number, sent: number, now: number): void {
    this.unfinished++
    this.corrected.record((now - due) * 1000)
    this.raw.record((now - sent) * 1000)
  }

  private fail(first: RpcError): void {
    const { code, reason } = first
    this.failed++
    const key = `${code} ${reason}`
    const known = this.failures.get(key)
    if (known === undefined) this.failures.set(key, { code: codeName(code), reason, first, count: 1 })
    else known.count++
  }

  private endpointOf(address: string): PerEndpoint {
    let place = this.endpoints.get(address)
    if (place === undefined) {
      place = { failed: 0, latency: new Histogram() }
      this.endpoints.set(address, place)
    }
    return place
  }
}
