/**
 * The wire format of a load report, the same on every protocol.
 * Source: xds/data/orca/v3/orca_load_report.proto.
 */
import type { Serializer } from '../../codecs/codec.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { defaultLimits } from '../../core/limits.js'
import type { LoadReport } from '../../core/load-report.js'
import { Field, Message } from '../../decorators/message.js'
import { double, mapOf, string } from '../../schema/algebra.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'

@Message('xds.data.orca.v3.OrcaLoadReport')
class OrcaLoadReport {
  @Field(1, double) cpu_utilization!: number
  @Field(2, double) mem_utilization!: number
  @Field(6, double) rps_fractional!: number
  @Field(7, double) eps!: number
  @Field(8, mapOf(string, double)) named_metrics!: Map<string, number>
  @Field(9, double) application_utilization!: number
}

let serializer: Serializer<OrcaLoadReport> | undefined

function compiled(): Serializer<OrcaLoadReport> {
  serializer ??= protobuf.compile(messageSchemaOf(OrcaLoadReport) as MessageSchema<OrcaLoadReport>, defaultLimits)
  return serializer
}

export function writeLoadReport(report: LoadReport): Uint8Array {
  return compiled().encode({
    cpu_utilization: report.cpuUtilization,
    mem_utilization: report.memoryUtilization,
    rps_fractional: report.qps,
    eps: report.eps,
    named_metrics: new Map(report.named),
    application_utilization: report.applicationUtilization,
  })
}

/**
 * @throws Error if the bytes are not a report
 * @returns the figures of the report, unchecked
 */
export function readLoadReport(bytes: Uint8Array): LoadReport {
  const report = compiled().decode(bytes)
  return {
    cpuUtilization: report.cpu_utilization,
    applicationUtilization: report.application_utilization,
    memoryUtilization: report.mem_utilization,
    qps: report.rps_fractional,
    eps: report.eps,
    named: report.named_metrics,
  }
}
