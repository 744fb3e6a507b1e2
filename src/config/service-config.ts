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
  readonly retryThrottling?: {
    /** The size of the bucket. A failure takes a token; retries stop while at most half of them are left. */
    readonly maxTokens: number
    /** What a success gives back. */
    readonly tokenRatio: number
  }
  /** The first known balancer applies. Names are gRPC's (`round_robin`) or polywire's. Default: as declared. */
  readonly loadBalancingConfig?: readonly Readonly<Record<string, unknown>>[]
  /** The older form of `loadBalancingConfig`. Default: as declared. */
  readonly loadBalancingPolicy?: string
}

/** The policies of some methods. */
export interface MethodConfig {
  /** The methods: `{}` for all, `{ service }` for those of a service. Only the most specific entry of a method applies. */
  readonly name: readonly {
    /** The service's name: `hello.Hello`. Default: all services. */
    readonly service?: string
    /** The method's name: `SayHello`. Default: all methods of the service. */
    readonly method?: string
  }[]
  /** The total timeout. Default: as declared. */
  readonly timeout?: Duration
  /** Whether calls wait for an endpoint. Default: as declared. */
  readonly waitForReady?: boolean
  /** gRPC's retry policy; excludes `hedgingPolicy`. Default: as declared. */
  readonly retryPolicy?: {
    /** Attempts in total, with the first; more than 5 count as 5. Default: 3. */
    readonly maxAttempts?: number
    /** The wait before the first retry. Default: 50 ms. */
    readonly initialBackoff?: Duration
    /** The longest wait. Default: 1 s. */
    readonly maxBackoff?: Duration
    /** The factor by which the wait grows. Default: 2. */
    readonly backoffMultiplier?: number
    /** Failures to retry: names such as `UNAVAILABLE`, or numbers. Default: `UNAVAILABLE`. */
    readonly retryableStatusCodes?: readonly (string | number)[]
  }
  /** gRPC's hedging policy; excludes `retryPolicy`. Default: as declared. */
  readonly hedgingPolicy?: {
    /** Attempts in total, with the first; more than 5 count as 5. Default: 2. */
    readonly maxAttempts?: number
    /** The time until the next attempt. Default: 0, all attempts start at once. */
    readonly hedgingDelay?: Duration
    /** Failures that start the next attempt at once: names such as `UNAVAILABLE`, or numbers. Default: none. */
    readonly nonFatalStatusCodes?: readonly (string | number)[]
  }
  /** polywire's own policies by name. The value is the policy's options; `false` switches off a declared policy. Default: as declared. */
  readonly policies?: Readonly<Record<string, unknown>>
}
