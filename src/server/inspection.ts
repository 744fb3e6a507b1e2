import type { CallCountInspection } from '../core/call-count.js'
import type { ConnectionInspection, MethodState } from '../core/inspection.js'
import type { Limits } from '../core/limits.js'
import type { BindingState } from '../protocols/protocol.js'

/** What a server is doing now. A copy: it does not change, and changing it has no effect. */
export interface ServerInspection {
  /** A number that no other server of this process has. gRPC's channelz shows it. 0 if it has workers. */
  readonly id: number
  /** The addresses on which it listens. */
  readonly addresses: readonly string[]
  /** Whether it closes: it takes no new calls, and finishes those in flight. */
  readonly draining: boolean
  /** Connections and calls in flight, by the name of the protocol. */
  readonly protocols: Readonly<Record<string, BindingState>>
  /** The calls that it has served, without those that were refused before they became calls. */
  readonly calls: CallCountInspection
  /** Its connections over HTTP/2; `protocols` counts those of the other protocols. */
  readonly connections: readonly ConnectionInspection[]
  /** Connections that the limits refused since the server started. */
  readonly refusedConnections: number
  /** The paths of its methods. */
  readonly methods: readonly string[]
  /** The state of the policies, by the path of the method and the name of the policy: rate limits, concurrency, caches. */
  readonly policies: Readonly<Record<string, MethodState>>
  /** The limits in force. */
  readonly limits: Limits
  /** Worker processes that run, if the server has workers. What each does is seen in its own process. Default: none. */
  readonly workers?: number
}
