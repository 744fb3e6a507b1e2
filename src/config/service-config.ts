import type { Duration } from '../core/duration.js'

/**
 * Policies as data: gRPC's service config as it is, and beside it the policies it has no word for. Durations are texts such as `'1.5s'`.
 * Source: grpc-proto, service_config.proto.
 */
export interface ServiceConfig {
  readonly methodConfig?: readonly MethodConfig[]
  readonly retryThrottling?: { readonly maxTokens: number; readonly tokenRatio: number }
  /** The first that is known is taken. Names are gRPC's (`round_robin`) or ours. */
  readonly loadBalancingConfig?: readonly Readonly<Record<string, unknown>>[]
  /** The older form of it. */
  readonly loadBalancingPolicy?: string
}

export interface MethodConfig {
  /** Which methods: `{}` for all, `{ service }` for those of a service. The most specific entry is taken, and it alone. */
  readonly name: readonly { readonly service?: string; readonly method?: string }[]
  readonly timeout?: Duration
  readonly waitForReady?: boolean
  readonly retryPolicy?: {
    readonly maxAttempts?: number
    readonly initialBackoff?: Duration
    readonly maxBackoff?: Duration
    readonly backoffMultiplier?: number
    readonly retryableStatusCodes?: readonly (string | number)[]
  }
  readonly hedgingPolicy?: {
    readonly maxAttempts?: number
    readonly hedgingDelay?: Duration
    readonly nonFatalStatusCodes?: readonly (string | number)[]
  }
  /** Ours, by the name of the policy's value: the options that it takes, or false for a policy that is declared and shall not be. */
  readonly policies?: Readonly<Record<string, unknown>>
}
