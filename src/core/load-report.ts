/** The trailer in which a server reports its load with each reply: an OrcaLoadReport in protobuf. Source: gRFC A51. */
export const loadReportTrailer = 'endpoint-load-metrics-bin'

/** The load that a server reports. Source: xds.data.orca.v3.OrcaLoadReport. */
export interface LoadReport {
  /** The used share of the processors, 0 to 1, or above 1 if the server is over its own limit; 0: unknown. */
  readonly cpuUtilization: number
  /** The used share of whatever limits the server, in the same measure. It takes precedence over the processors. 0: unknown. */
  readonly applicationUtilization: number
  /** The used share of the memory, 0 to 1; 0: unknown. */
  readonly memoryUtilization: number
  /** Calls per second, over all services. */
  readonly qps: number
  /** Failed calls per second. */
  readonly eps: number
  /** Custom figures, which only the server's clients understand. */
  readonly named: ReadonlyMap<string, number>
}
