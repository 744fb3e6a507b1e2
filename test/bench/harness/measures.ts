/** One kind of figure. */
export interface MeasureKind {
  /** The head of its column, with its unit. */
  readonly title: string
  /** Digits behind the point. */
  readonly digits: number
  readonly better: 'more' | 'less'
  /**
   * The share by which its ratio to the reference may get worse before `--check` reports it. Calls a second depend on what else the machine does
   * much more than CPU does. A measure without a tolerance has no ratio.
   */
  readonly tolerance?: number
}

/** In the order of the columns. The first one that a result has is the one of its chart. */
const kinds = {
  capacity: { title: 'calls/CPU s', digits: 0, better: 'more', tolerance: 0.25 },
  callsPerSecond: { title: 'calls/s', digits: 0, better: 'more', tolerance: 0.4 },
  requestsPerSecond: { title: 'requests/s', digits: 0, better: 'more', tolerance: 0.4 },
  p50: { title: 'p50 ms', digits: 2, better: 'less' },
  p99: { title: 'p99 ms', digits: 2, better: 'less' },
  clientCpu: { title: 'client us', digits: 1, better: 'less' },
  serverCpu: { title: 'server us', digits: 1, better: 'less' },
  cpu: { title: 'CPU us', digits: 2, better: 'less', tolerance: 0.25 },
  startCpu: { title: 'CPU ms', digits: 0, better: 'less', tolerance: 0.25 },
  firstCall: { title: 'first call ms', digits: 1, better: 'less', tolerance: 0.4 },
  clientIdle: { title: 'client idle MB', digits: 0, better: 'less' },
  clientMemory: { title: 'client MB', digits: 0, better: 'less' },
  serverIdle: { title: 'server idle MB', digits: 0, better: 'less' },
  serverMemory: { title: 'server MB', digits: 0, better: 'less' },
  both: { title: 'both us', digits: 2, better: 'less', tolerance: 0.25 },
  encode: { title: 'encode us', digits: 2, better: 'less', tolerance: 0.25 },
  decode: { title: 'decode us', digits: 2, better: 'less', tolerance: 0.25 },
  bytes: { title: 'bytes', digits: 0, better: 'less' },
  resident: { title: 'resident KiB', digits: 1, better: 'less', tolerance: 0.25 },
  heap: { title: 'heap and buffers KiB', digits: 1, better: 'less' },
  clientHeap: { title: 'client heap bytes', digits: 0, better: 'less', tolerance: 0.1 },
  serverHeap: { title: 'server heap bytes', digits: 0, better: 'less', tolerance: 0.1 },
  heapEach: { title: 'heap bytes a method', digits: 0, better: 'less', tolerance: 0.1 },
  servedHeapEach: { title: 'of these by serving', digits: 0, better: 'less' },
  milliseconds: { title: 'ms', digits: 0, better: 'less', tolerance: 0.25 },
  serving: { title: 'of these serving ms', digits: 0, better: 'less' },
} as const satisfies Record<string, MeasureKind>

export type Measure = keyof typeof kinds

export const measures: Readonly<Record<Measure, MeasureKind>> = kinds
