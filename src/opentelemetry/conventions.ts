/**
 * Names of OpenTelemetry's semantic conventions 1.45, stable ones first. A test compares them with the package
 * `@opentelemetry/semantic-conventions`, which is not a dependency because of its size.
 */
export const conventions = {
  system: 'rpc.system.name',
  method: 'rpc.method',
  originalMethod: 'rpc.method_original',
  status: 'rpc.status_code',
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  peerAddress: 'network.peer.address',
  peerPort: 'network.peer.port',
} as const

export const durations = {
  client: 'rpc.client.call.duration',
  server: 'rpc.server.call.duration',
} as const

/** polywire's own attributes, for what no convention names. */
export const own = {
  attempt: 'polywire.attempt',
  cause: 'polywire.attempt.cause',
  balancer: 'polywire.balancer',
  candidates: 'polywire.balancer.candidates',
  failure: 'polywire.reason',
  shedBy: 'polywire.shed_by',
} as const
