/** One family of metrics, as `/metrics` writes it. */
export interface MetricFamily {
  /** Its name in Prometheus form; counters without `_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Names of its labels. */
  readonly labels: readonly string[]
  /** With workers: whether the value tells of one process, so that it has the label `worker` instead of being added up. Default false. */
  readonly perWorker?: boolean
}

const ofCalls = ['rpc_system_name', 'rpc_method', 'rpc_status_code', 'error_type'] as const

/**
 * Every family that `/metrics` can have. docs/reference/metrics.md is written from it; a test compares them.
 *
 * Names of OpenTelemetry's conventions are kept in Prometheus form (`rpc.server.call.duration` in seconds). The rest begins with
 * `polywire_`.
 */
export const metricTable = {
  serverDuration: {
    name: 'rpc_server_call_duration_seconds',
    type: 'histogram',
    help: 'Duration of calls that this process served, from their first byte to their reply or the end of their stream.',
    labels: ofCalls,
  },
  serverInFlight: {
    name: 'polywire_server_calls_in_flight',
    type: 'gauge',
    help: 'Calls that are being served.',
    labels: ['rpc_method'],
  },
  serverReceived: {
    name: 'polywire_server_received_bytes',
    type: 'counter',
    help: 'Bytes of request messages, uncompressed.',
    labels: ['rpc_method'],
  },
  serverSent: {
    name: 'polywire_server_sent_bytes',
    type: 'counter',
    help: 'Bytes of reply messages, uncompressed.',
    labels: ['rpc_method'],
  },
  serverShed: {
    name: 'polywire_server_shed_calls',
    type: 'counter',
    help: 'Calls that a policy refused before their handler.',
    labels: ['rpc_method', 'policy'],
  },
  serverRefused: {
    name: 'polywire_server_refused_requests',
    type: 'counter',
    help: 'Requests that were refused before there was a call: unknown methods, invalid headers, a draining server.',
    labels: ['rpc_system_name', 'rpc_method', 'reason'],
  },
  connections: {
    name: 'polywire_server_connections',
    type: 'gauge',
    help: 'Open connections.',
    labels: ['protocol'],
  },
  refusedConnections: {
    name: 'polywire_server_refused_connections',
    type: 'counter',
    help: 'Connections that the limits refused.',
    labels: [],
  },
  clientDuration: {
    name: 'rpc_client_call_duration_seconds',
    type: 'histogram',
    help: 'Duration of calls that this process made, retries and waits included.',
    labels: ofCalls,
  },
  clientInFlight: {
    name: 'polywire_client_calls_in_flight',
    type: 'gauge',
    help: 'Calls that wait for their reply.',
    labels: ['rpc_method'],
  },
  clientReceived: {
    name: 'polywire_client_received_bytes',
    type: 'counter',
    help: 'Bytes of reply messages, uncompressed.',
    labels: ['rpc_method'],
  },
  clientSent: {
    name: 'polywire_client_sent_bytes',
    type: 'counter',
    help: 'Bytes of request messages, uncompressed, those of every attempt whose request was encoded.',
    labels: ['rpc_method'],
  },
  clientShed: {
    name: 'polywire_client_shed_calls',
    type: 'counter',
    help: 'Calls that a policy of the client stopped: an open circuit, a full bulkhead.',
    labels: ['rpc_method', 'policy'],
  },
  attempts: {
    name: 'polywire_client_attempts',
    type: 'counter',
    help: 'Attempts that calls became, by their cause: first, retry, hedge or failover.',
    labels: ['rpc_method', 'cause'],
  },
  picks: {
    name: 'polywire_client_picks',
    type: 'counter',
    help: 'Attempts that balancers gave to each endpoint.',
    labels: ['server_address'],
  },
  decisions: {
    name: 'polywire_client_decisions',
    type: 'counter',
    help: 'What policies decided: to send another attempt, to take the reply of a hedge, to stop, to answer from the cache.',
    labels: ['rpc_method', 'policy', 'action'],
  },
  circuits: {
    name: 'polywire_client_circuit_state',
    type: 'gauge',
    help: 'The state of each circuit that ever opened: 0 closed, 1 half-open, 2 open.',
    labels: ['rpc_method', 'server_address'],
    perWorker: true,
  },
  clientConnections: {
    name: 'polywire_client_connected_endpoints',
    type: 'gauge',
    help: 'Channels that are connected to the endpoint, of each endpoint that was ever connected.',
    labels: ['protocol', 'server_address'],
  },
  clientConnectionChanges: {
    name: 'polywire_client_connection_changes',
    type: 'counter',
    help: 'Times that a channel connected to an endpoint, failed to, or lost or closed its connection: connected, failed, disconnected.',
    labels: ['protocol', 'server_address', 'state'],
  },
  ejections: {
    name: 'polywire_client_ejections',
    type: 'counter',
    help: 'Times that outlier ejection left an endpoint out.',
    labels: ['server_address'],
  },
  ejected: {
    name: 'polywire_client_ejected_endpoints',
    type: 'gauge',
    help: 'Channels that leave the endpoint out now, of each endpoint that was ever ejected.',
    labels: ['server_address'],
  },
  dropped: {
    name: 'polywire_dropped_series',
    type: 'counter',
    help: 'Events that were counted under _OTHER, because there were too many values of a label.',
    labels: [],
  },
  // A gauge for each, as the conventions of OpenTelemetry have it: Prometheus keeps the label `quantile` for summaries.
  loopDelayMedian: {
    name: 'nodejs_eventloop_delay_p50_seconds',
    type: 'gauge',
    help: 'Median of the delays of the event loop since the last scrape.',
    labels: [],
    perWorker: true,
  },
  loopDelayTail: {
    name: 'nodejs_eventloop_delay_p99_seconds',
    type: 'gauge',
    help: '99th percentile of the delays of the event loop since the last scrape.',
    labels: [],
    perWorker: true,
  },
  loopDelayMost: {
    name: 'nodejs_eventloop_delay_max_seconds',
    type: 'gauge',
    help: 'Longest delay of the event loop since the last scrape.',
    labels: [],
    perWorker: true,
  },
  loopUtilization: {
    name: 'nodejs_eventloop_utilization_ratio',
    type: 'gauge',
    help: 'Share of the time in which the event loop was busy since the last scrape, 0 to 1.',
    labels: [],
    perWorker: true,
  },
  cpu: {
    name: 'process_cpu_seconds',
    type: 'counter',
    help: 'CPU time of this process, user and system.',
    labels: [],
    perWorker: true,
  },
  memory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of this process.',
    labels: [],
    perWorker: true,
  },
  heap: {
    name: 'nodejs_heap_used_bytes',
    type: 'gauge',
    help: "Used memory of V8's heap.",
    labels: [],
    perWorker: true,
  },
  workerAnswered: {
    name: 'polywire_worker_answered',
    type: 'gauge',
    help: 'With workers: 1 if the worker answered this scrape, 0 if its gauges are missing and its counters are those of before.',
    labels: ['worker'],
  },
} as const satisfies Readonly<Record<string, MetricFamily>>
