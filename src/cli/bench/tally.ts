import { type Code, codeName } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import { Histogram, type PackedHistogram } from './histogram.js'

/** A call on its way. Times are monotonic milliseconds. What sends it adds what it learns. */
export interface Flight {
  readonly due: number
  readonly sent: number
  /** `hello.Hello/SayHello` */
  method?: string
  /** The address that the call went to. */
  endpoint?: string | undefined
  /** When the first message of a stream arrived. */
  first?: number
}

interface Failures {
  readonly code: string
  readonly reason: string | undefined
  readonly first: RpcError
  /** The address that the first one went to. */
  readonly endpoint: string | undefined
  count: number
}

/** The calls of one method, or to one endpoint. */
export interface Part {
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
  /** From when a stream was due until its first message. */
  readonly first = new Histogram()
  readonly failures = new Map<string, Failures>()
  readonly endpoints = new Map<string, Part>()
  readonly methods = new Map<string, Part>()
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

  left({ due, sent }: Flight): void {
    this.sent++
    this.latest = Math.max(this.latest, sent - due)
    if (sent - due > 1) this.late++
  }

  ended({ due, sent, first, endpoint, method = '' }: Flight, now: number, error?: RpcError): void {
    const latency = (now - due) * 1000
    this.corrected.record(latency)
    this.raw.record((now - sent) * 1000)
    if (first !== undefined) this.first.record((first - due) * 1000)
    if (error === undefined) {
      this.ok++
      this.succeeded.record(latency)
    } else this.fail({ first: error, endpoint }, 1)
    for (const part of [partOf(this.endpoints, endpoint ?? 'no endpoint'), partOf(this.methods, method)]) {
      part.latency.record(latency)
      if (error !== undefined) part.failed++
    }
  }

  /** A call without an end: its age is the least that its latency is. */
  abandoned({ due, sent }: Flight, now: number): void {
    this.unfinished++
    this.corrected.record((now - due) * 1000)
    this.raw.record((now - sent) * 1000)
  }

  /** For another thread. */
  packed(): PackedTally {
    const { due, sent, ok, failed, notSent, unfinished, latest, late } = this
    return {
      counts: { due, sent, ok, failed, notSent, unfinished, late },
      latest,
      histograms: [this.corrected, this.raw, this.succeeded, this.first].map(one => one.packed()),
      failures: [...this.failures.values()].map(({ first, endpoint, count }) => ({
        ...packedError(first),
        endpoint,
        count,
      })),
      parts: [this.endpoints, this.methods].map(parts =>
        [...parts].map(([name, part]) => ({ name, failed: part.failed, latency: part.latency.packed() })),
      ),
    }
  }

  /** Adds what another generator counted. */
  add({ counts, latest, histograms, failures, parts }: PackedTally): void {
    for (const name of ['due', 'sent', 'ok', 'failed', 'notSent', 'unfinished', 'late'] as const)
      this[name] += counts[name]
    this.latest = Math.max(this.latest, latest)
    const own = [this.corrected, this.raw, this.succeeded, this.first]
    for (const [at, packed] of histograms.entries()) own[at]?.add(packed)
    for (const { count, endpoint, ...failure } of failures) {
      this.failed -= count
      this.fail({ first: unpackedError(failure), endpoint }, count)
    }
    for (const [at, own] of [this.endpoints, this.methods].entries())
      for (const { name, failed, latency } of parts[at] ?? []) {
        const part = partOf(own, name)
        part.failed += failed
        part.latency.add(latency)
      }
  }

  private fail({ first, endpoint }: Pick<Failures, 'first' | 'endpoint'>, count: number): void {
    const { code, reason } = first
    this.failed += count
    const key = `${code} ${reason}`
    const same = this.failures.get(key)
    if (same === undefined) this.failures.set(key, { code: codeName(code), reason, first, endpoint, count })
    else same.count += count
  }
}

function partOf(parts: Map<string, Part>, name: string): Part {
  let part = parts.get(name)
  if (part === undefined) {
    part = { failed: 0, latency: new Histogram() }
    parts.set(name, part)
  }
  return part
}

/** A tally that can be sent to another thread. */
export interface PackedTally {
  readonly counts: Readonly<Record<'due' | 'sent' | 'ok' | 'failed' | 'notSent' | 'unfinished' | 'late', number>>
  readonly latest: number
  readonly histograms: readonly PackedHistogram[]
  readonly failures: readonly (PackedError & Pick<Failures, 'endpoint' | 'count'>)[]
  readonly parts: readonly (readonly {
    readonly name: string
    readonly failed: number
    readonly latency: PackedHistogram
  }[])[]
}

interface PackedError {
  readonly code: Code
  readonly message: string
  readonly reason: string | undefined
  /** Of the error of Node at the root of it. */
  readonly root: { readonly code: string | undefined; readonly message: string } | undefined
}

function packedError({ code, message, reason, cause }: RpcError): PackedError {
  let root = cause
  while (root instanceof Error && root.cause !== undefined) root = root.cause
  const { code: name } = (root ?? {}) as NodeJS.ErrnoException
  return { code, message, reason, root: root instanceof Error ? { code: name, message: root.message } : undefined }
}

function unpackedError({ code, message, reason, root }: PackedError): RpcError {
  const cause = root === undefined ? {} : { cause: Object.assign(new Error(root.message), { code: root.code }) }
  return new RpcError(message, code, { ...(reason === undefined ? {} : { reason }), ...cause })
}
