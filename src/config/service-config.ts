import type { Duration } from '../core/duration.js'

/**
 * Policies as data: gRPC's service config, and `policies` for those that gRPC does not have. Durations are texts such as `'1.5s'`.
 * Source: grpc-proto, service_config.proto.
 *
 * @example
 * connect(Hello, target, { config: { methodConfig: [{ name: [{ service: 'hello.Hello' }], timeout: '2s', policies: { failover: {} } }] } })
 *
 * @see docs/guide/configuration.md
 */
export interface ServiceConfig {
  /** Policies by method. Default: none. */
  readonly methodConfig?: readonly MethodConfig[]
  /** The token bucket that stops retries while many calls fail. Default: 10 tokens, ratio 0.1. */
  readonly retryThrottling?: { readonly maxTokens: number; readonly tokenRatio: number }
  /** The first known balancer applies. Names are gRPC's (`round_robin`) or polywire's. Default: as declared. */
  readonly loadBalancingConfig?: readonly Readonly<Record<string, unknown>>[]
  /** The older form of `loadBalancingConfig`. Default: as declared. */
  readonly loadBalancingPolicy?: string
}

export interface MethodConfig {
  /** The methods: `{}` for all, `{ service }` for those of a service. Only the most specific entry of a method applies. */
  readonly name: readonly { readonly service?: string; readonly method?: string }[]
  /** The total timeout. Default: as declared. */
  readonly timeout?: Duration
  /** Whether calls wait for an endpoint. Default: as declared. */
  readonly waitForReady?: boolean
  /** gRPC's retry policy; excludes `hedgingPolicy`. Default: as declared. */
  readonly retryPolicy?: {
    readonly maxAttempts?: number
    readonly initialBackoff?: Duration
    readonly maxBackoff?: Duration
    readonly backoffMultiplier?: number
    readonly retryableStatusCodes?: readonly (string | number)[]
  }
  /** gRPC's hedging policy; excludes `retryPolicy`. Default: as declared. */
  readonly hedgingPolicy?: {
    readonly maxAttempts?: number
    readonly hedgingDelay?: Duration
    readonly nonFatalStatusCodes?: readonly (string | number)[]
  }
  /** polywire's own policies by name. The value is the policy's options; `false` switches off a declared policy. Default: as declared. */
  readonly policies?: Readonly<Record<string, unknown>>
}
