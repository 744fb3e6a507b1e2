/** An address of a server. A resolver finds them; a balancer picks one for each attempt. */
export interface Endpoint {
  /** `10.0.0.1:50051`, `[::1]:50051` or `unix:/run/hello.sock`. Unique within a target. */
  readonly address: string
  /** Its share of the calls relative to the other endpoints, above 0; default 1. */
  readonly weight?: number
  /** Its location. A client with a `zone` prefers endpoints of the same zone. Default: none. */
  readonly zone?: string
  /** An integer; the lowest is used first, a higher one only if no endpoint of a lower one is usable. Default 0. */
  readonly priority?: number
}
