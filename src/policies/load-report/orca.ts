// The wire format of a load report, the same on every protocol.
import type { Serializer } from '../../codecs/codec.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { OrcaLoadReport } from '../../contracts/xds/data/orca/v3/orca_load_report.js'
import { defaultLimits } from '../../core/limits.js'
import type { LoadReport } from '../../core/load-report.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'

let serializer: Serializer<OrcaLoadReport> | undefined

function compiled(): Serializer<OrcaLoadReport> {
  serializer ??= protobuf.compile(messageSchemaOf(OrcaLoadReport) as MessageSchema<OrcaLoadReport>, defaultLimits)
  return serializer
}

export function writeLoadReport(report: LoadReport): Uint8Array {
  return compiled().encode({
    cpuUtilization: report.cpuUtilization,
    memUtilization: report.memoryUtilization,
    rpsFractional: report.qps,
    eps: report.eps,
    namedMetrics: new Map(report.named),
    applicationUtilization: report.applicationUtilization,
  })
}

/**
 * @throws Error if the bytes are not a report
 * @returns the figures of the report, unchecked
 */
export function readLoadReport(bytes: Uint8Array): LoadReport {
  const report = compiled().decode(bytes)
  return {
    cpuUtilization: report.cpuUtilization,
    applicationUtilization: report.applicationUtilization,
    memoryUtilization: report.memUtilization,
    qps: report.rpsFractional,
    eps: report.eps,
    named: report.namedMetrics,
  }
}
