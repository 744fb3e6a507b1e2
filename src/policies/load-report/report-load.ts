/**
 * Problem: clients that share calls out evenly overload the server that is smaller than the others, or that has a noisy neighbour; only the
 * server knows how full it is.
 *
 * The outermost on the server, so that it counts what is turned away too. Each reply carries the figures of the last second in a trailer, as
 * gRPC's servers send them; on the client `weighted-round-robin` makes weights of them. Sources: gRFC A51, A58.
 *
 *     await serve([Hello], { reportLoad: true })
 */
import { type Call, streamsOut } from '../../core/call.js'
import { isHealthCode } from '../../core/code.js'
import { type Duration, toMilliseconds } from '../../core/duration.js'
import { EndingStream } from '../../core/ending-stream.js'
import { type LoadReport, loadReportTrailer } from '../../core/load-report.js'
import type { Handler, PolicyDefinition } from '../../core/policy.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { LoadMeter } from './load-meter.js'

export interface ReportLoadOptions {
  /** Between two measurements; default 1 s. */
  readonly period?: Duration
  /**
   * Figures of one's own, asked for once a period; each takes the place of the measured one: `{ applicationUtilization: queue.length / 100 }`.
   * Figures that clients shall have under names stand in `named`.
   */
  readonly measure?: () => Partial<LoadReport>
}

const meterKey = Symbol('load')

/** One meter for the whole server. */
export function reportLoad(options: ReportLoadOptions, report: (error: unknown) => void): PolicyDefinition {
  const period = toMilliseconds(options.period ?? 1000, 'reportLoad period')
  if (!(period > 0 && Number.isFinite(period)))
    throw misuse('invalid_policy', `reportLoad: period is ${period} ms; write a duration above 0`)
  return Object.freeze({
    name: 'reportLoad',
    stages: ['handler'] as const,
    rank: 1,
    summary: `reportLoad(every ${period} ms)`,
    build: (_stage, { method, clock, sharedByAll }) => {
      const make = () => new LoadMeter({ period, measure: options.measure, clock, report })
      const meter = sharedByAll(meterKey, make)
      return next => (streamsOut(method) ? reportingStreams(next, meter) : reporting(next, meter))
    },
  } satisfies PolicyDefinition)
}

/** The trailer is written behind the handler, since a cached reply brings the trailers of another call. */
function reporting(next: Handler, meter: LoadMeter): Handler {
  return async call => {
    meter.callBegan()
    let failed = false
    try {
      return await next(call)
    } catch (error) {
      failed = isFailure(error)
      throw error
    } finally {
      meter.callEnded(failed)
      say(call, meter)
    }
  }
}

function reportingStreams(next: Handler, meter: LoadMeter): Handler {
  return async call => {
    meter.callBegan()
    try {
      const replies = await next(call)
      return new EndingStream(call, replies as AsyncIterable<unknown>, error => {
        meter.callEnded(error !== undefined && isFailure(error))
        say(call, meter)
      })
    } catch (error) {
      meter.callEnded(isFailure(error))
      say(call, meter)
      throw error
    }
  }
}

function say(call: Call, { bytes }: LoadMeter): void {
  if (bytes !== undefined) call.replyTrailers.set(loadReportTrailer, bytes)
}

/** What the caller did wrong is no failure of the server. */
function isFailure(error: unknown): boolean {
  return !(error instanceof RpcError) || isHealthCode(error.code)
}
