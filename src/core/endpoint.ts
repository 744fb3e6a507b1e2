/** One address that serves: what a resolver finds and a balancer chooses among. */
export interface Endpoint {
  /** `10.0.0.1:50051`, `[::1]:50051`, or `unix:/run/hello.sock`; its identity within one target. */
  readonly address: string
  /** Relative share of calls, above 0; default 1. */
  readonly weight?: number
  /** Where it stands; nodes of the caller's own zone are preferred. */
  readonly zone?: string
  /** 0 (default) is used first; a higher number only when every endpoint before it is out. */
  readonly priority?: number
}
