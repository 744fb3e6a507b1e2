import type { Call } from '../../core/call.js'
import { isHealthCode } from '../../core/code.js'
import type { Duration } from '../../core/duration.js'
import { type LoadReport, loadReportTrailer } from '../../core/load-report.js'
import { callback, finiteTime, type OptionReaders, readOptions } from '../../core/options.js'
import type { PolicyDefinition } from '../../core/policy.js'
import { RpcError } from '../../core/rpc-error.js'
import { type Held, untilEnded } from '../../core/until-ended.js'
import { LoadMeter } from './load-meter.js'

/**
 * Options of `reportLoad` in `serve`.
 *
 * Clients that spread calls evenly overload a server that is smaller than the others or has a noisy neighbour. Only the server knows how
 * busy it is, so each reply carries the figures of the last period in a trailer, in gRPC's format. `weighted-round-robin` makes weights of
 * them. Sources: gRFC A51, A58.
 *
 * @example
 * await serve([Hello], { reportLoad: { measure: () => ({ applicationUtilization: queue.length / 100 }) } })
 */
export interface ReportLoadOptions {
  /** The time between two measurements; default 1 s. */
  readonly period?: Duration
  /**
   * Custom figures, asked for once a period; each replaces the measured one: `{ applicationUtilization: queue.length / 100 }`. Figures
   * under other names go into `named`. Default: the measured figures.
   */
  readonly measure?: () => Partial<LoadReport>
}

const readers = {
  period: finiteTime('1s'),
  measure: callback<NonNullable<ReportLoadOptions['measure']>>('() => figures'),
} satisfies OptionReaders<ReportLoadOptions>

const meterKey = Symbol('load')

/** The policy of `serve(..., { reportLoad })`. One meter covers the whole server. */
export function reportLoad(options: ReportLoadOptions, report: (error: unknown) => void): PolicyDefinition {
  const { period, measure } = readOptions('reportLoad', options, readers)
  return Object.freeze({
    name: 'reportLoad',
    stages: ['handler'] as const,
    summary: `reportLoad(every ${period} ms)`,
    build: (_stage, { method, clock, sharedByAll }) => {
      const meter = sharedByAll(meterKey, () => new LoadMeter({ period, measure, clock, report }))
      const metered: Held = {
        ended(error, call) {
          meter.callEnded(error !== undefined && isFailure(error))
          addReport(call, meter)
        },
      }
      return next => {
        const run = untilEnded(next, method)
        return call => {
          meter.callBegan()
          return run(call, metered)
        }
      }
    },
  } satisfies PolicyDefinition)
}

/** After the handler, because a cached reply brings the trailers of another call. */
function addReport(call: Call, { bytes }: LoadMeter): void {
  if (bytes !== undefined) call.replyTrailers.set(loadReportTrailer, bytes)
}

/** Whether the server failed. A caller's mistake is not a failure. */
function isFailure(error: unknown): boolean {
  return !(error instanceof RpcError) || isHealthCode(error.code)
}
