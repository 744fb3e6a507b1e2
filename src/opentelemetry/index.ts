// `polywire/opentelemetry`: traces and metrics by OpenTelemetry's conventions. The only importer of @opentelemetry/api.

export { type GrpcMetricsOptions, grpcMetrics } from './grpc-metrics.js'
export { type OpenTelemetryOptions, openTelemetry } from './observer.js'
