import { type Counter, type Histogram, type Meter, type UpDownCounter, ValueType } from '@opentelemetry/api'

/** Seconds. Source: gRFC A66. */
const latency = [
  0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.013,
  0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10,
  20, 50, 100,
]

/** Bytes. Source: gRFC A66. */
const sizes = [
  0, 1024, 2048, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864, 268435456, 1073741824, 4294967296,
]

/** Source: gRFC A96. */
const retries = [1, 2, 3, 4, 5]

/** One instrument, as a gRFC defines it. */
export interface GrpcInstrument {
  readonly name: string
  readonly type: 'counter' | 'histogram' | 'up-down counter'
  readonly unit: string
  readonly labels: readonly string[]
  /** The upper bounds of a histogram's buckets. */
  readonly bounds?: readonly number[]
  readonly help: string
  /** The number of the gRFC. */
  readonly source: 'A66' | 'A94' | 'A96'
}

const ofAttempt = ['grpc.method', 'grpc.target'] as const
const ofEndedAttempt = [...ofAttempt, 'grpc.status'] as const
const ofServed = ['grpc.method', 'grpc.status'] as const

/** The optional labels that `grpcMetrics` can set. */
export const localityLabel = 'grpc.lb.locality'
export const disconnectErrorLabel = 'grpc.disconnect_error'
export const securityLevelLabel = 'grpc.security_level'

/** Every instrument of `grpcMetrics`. docs/reference/metrics.md is written from it; a test compares them. */
export const grpcInstruments = {
  attemptStarted: {
    name: 'grpc.client.attempt.started',
    type: 'counter',
    unit: '{attempt}',
    labels: ofAttempt,
    help: 'Attempts that have begun.',
    source: 'A66',
  },
  attemptDuration: {
    name: 'grpc.client.attempt.duration',
    type: 'histogram',
    unit: 's',
    labels: [...ofEndedAttempt, localityLabel],
    bounds: latency,
    help: 'Time of an attempt, connecting included.',
    source: 'A66',
  },
  attemptSent: {
    name: 'grpc.client.attempt.sent_total_compressed_message_size',
    type: 'histogram',
    unit: 'By',
    labels: [...ofEndedAttempt, localityLabel],
    bounds: sizes,
    help: 'Bytes of the request messages of an attempt, compressed, without framing.',
    source: 'A66',
  },
  attemptReceived: {
    name: 'grpc.client.attempt.rcvd_total_compressed_message_size',
    type: 'histogram',
    unit: 'By',
    labels: [...ofEndedAttempt, localityLabel],
    bounds: sizes,
    help: 'Bytes of the reply messages of an attempt, compressed, without framing.',
    source: 'A66',
  },
  callDuration: {
    name: 'grpc.client.call.duration',
    type: 'histogram',
    unit: 's',
    labels: ofEndedAttempt,
    bounds: latency,
    help: 'Time of a call as its caller sees it, retries and waits included.',
    source: 'A66',
  },
  callRetries: {
    name: 'grpc.client.call.retries',
    type: 'histogram',
    unit: '{retry}',
    labels: ofAttempt,
    bounds: retries,
    help: 'Retries of a call that had some.',
    source: 'A96',
  },
  callTransparentRetries: {
    name: 'grpc.client.call.transparent_retries',
    type: 'histogram',
    unit: '{transparent_retry}',
    labels: ofAttempt,
    bounds: [...retries, 10],
    help: 'Attempts of a call that followed at once, because no handler had seen the one before; of calls that had some.',
    source: 'A96',
  },
  callHedges: {
    name: 'grpc.client.call.hedges',
    type: 'histogram',
    unit: '{hedge}',
    labels: ofAttempt,
    bounds: retries,
    help: 'Hedges of a call that had some.',
    source: 'A96',
  },
  callRetryDelay: {
    name: 'grpc.client.call.retry_delay',
    type: 'histogram',
    unit: 's',
    labels: ofAttempt,
    bounds: latency,
    help: 'Time between attempts of a call while none was active, of calls that had several.',
    source: 'A96',
  },
  served: {
    name: 'grpc.server.call.started',
    type: 'counter',
    unit: '{call}',
    labels: ['grpc.method'],
    help: 'Calls that have arrived.',
    source: 'A66',
  },
  servedDuration: {
    name: 'grpc.server.call.duration',
    type: 'histogram',
    unit: 's',
    labels: ofServed,
    bounds: latency,
    help: 'Time of a call, from its headers to its trailers.',
    source: 'A66',
  },
  servedSent: {
    name: 'grpc.server.call.sent_total_compressed_message_size',
    type: 'histogram',
    unit: 'By',
    labels: ofServed,
    bounds: sizes,
    help: 'Bytes of the reply messages of a call, compressed, without framing.',
    source: 'A66',
  },
  servedReceived: {
    name: 'grpc.server.call.rcvd_total_compressed_message_size',
    type: 'histogram',
    unit: 'By',
    labels: ofServed,
    bounds: sizes,
    help: 'Bytes of the request messages of a call, compressed, without framing.',
    source: 'A66',
  },
  connected: {
    name: 'grpc.subchannel.connection_attempts_succeeded',
    type: 'counter',
    unit: '{attempt}',
    labels: ['grpc.target', localityLabel],
    help: 'Endpoints that were connected.',
    source: 'A94',
  },
  connectFailed: {
    name: 'grpc.subchannel.connection_attempts_failed',
    type: 'counter',
    unit: '{attempt}',
    labels: ['grpc.target', localityLabel],
    help: 'Endpoints that could not be connected.',
    source: 'A94',
  },
  disconnected: {
    name: 'grpc.subchannel.disconnections',
    type: 'counter',
    unit: '{disconnection}',
    labels: ['grpc.target', localityLabel, disconnectErrorLabel],
    help: 'Endpoints that lost their connection, or were closed.',
    source: 'A94',
  },
  openConnections: {
    name: 'grpc.subchannel.open_connections',
    type: 'up-down counter',
    unit: '{connection}',
    labels: ['grpc.target', securityLevelLabel, localityLabel],
    help: 'Endpoints that are connected.',
    source: 'A94',
  },
} as const satisfies Readonly<Record<string, GrpcInstrument>>

type Names = keyof typeof grpcInstruments
type Made<T extends GrpcInstrument['type']> = T extends 'counter'
  ? Counter
  : T extends 'histogram'
    ? Histogram
    : UpDownCounter

export type Instruments = { readonly [N in Names]: Made<(typeof grpcInstruments)[N]['type']> }

export function instrumentsOf(meter: Meter): Instruments {
  const made = Object.entries<GrpcInstrument>(grpcInstruments).map(([key, one]) => [key, instrumentOf(meter, one)])
  return Object.fromEntries(made) as Instruments
}

function instrumentOf(meter: Meter, { name, type, unit, help: description, bounds }: GrpcInstrument) {
  if (type === 'counter') return meter.createCounter(name, { unit, description, valueType: ValueType.INT })
  if (type === 'up-down counter')
    return meter.createUpDownCounter(name, { unit, description, valueType: ValueType.INT })
  const valueType = unit === 's' ? ValueType.DOUBLE : ValueType.INT
  return meter.createHistogram(name, {
    unit,
    description,
    valueType,
    advice: { explicitBucketBoundaries: [...(bounds ?? [])] },
  })
}
