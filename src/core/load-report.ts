/** Trailer in which a server says with each reply how loaded it is: an OrcaLoadReport in protobuf. Source: gRFC A51. */
export const loadReportTrailer = 'endpoint-load-metrics-bin'

/** How loaded a server is, as it says itself. Source: xds.data.orca.v3.OrcaLoadReport. */
export interface LoadReport {
  /** Of the processors it may use, 0 to 1, or above where it is over a limit of its own; 0: not said. */
  readonly cpuUtilization: number
  /** Of whatever bounds it, in the same measure; it counts before the processors. 0: not said. */
  readonly applicationUtilization: number
  /** Of the memory it may use, 0 to 1; 0: not said. */
  readonly memoryUtilization: number
  /** Calls a second, over all services. */
  readonly qps: number
  /** Of these, calls a second that failed. */
  readonly eps: number
  /** Figures that only its clients know the meaning of. */
  readonly named: ReadonlyMap<string, number>
}
