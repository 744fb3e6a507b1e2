import type { CallCountInspection } from '../core/call-count.js'
import type { Http2Inspection, MethodState } from '../core/inspection.js'
import type { Limits } from '../core/limits.js'
import type { BindingState } from '../protocols/protocol.js'

/** What a server is doing now. A copy: it does not change, and changing it has no effect. */
export interface ServerInspection {
  /** A number that no other server of this process has. gRPC's channelz shows it. 0 if it has workers. */
  readonly id: number
  /** The addresses on which it listens. */
  readonly addresses: readonly string[]
  /** Whether it closes: it is not ready. After `limits.drainDelay` it takes no new calls, and finishes those in flight. */
  readonly draining: boolean
  /** The last results of the checks in `health`, by name; null for one that never ended. Reading them runs none. */
  readonly health: Readonly<Record<string, boolean | null>>
  /** Connections and calls in flight, by the name of the protocol. */
  readonly protocols: Readonly<Record<string, BindingState>>
  /** The calls that it has served, without those that were refused before they became calls. */
  readonly calls: CallCountInspection
  /** Connections that the limits refused since the server started. */
  readonly refusedConnections: number
  /** The most connections that were open at once since the server started. */
  readonly peakConnections: number
  /** Calls in flight on the connection that has most of them: `limits.callsPerConnection` bounds it. */
  readonly busiestConnection: number
  /** Connections of one peer address, which `limits.connectionsPerPeer` bounds. */
  readonly peers: {
    /** Of the peer that has most of them. Peers without a bound, such as loopback by default, do not count. */
    readonly busiest: number
    /** The most that one peer has had at once since the server started. */
    readonly peak: number
    /** The most that one peer may have: what `auto` comes to. */
    readonly most: number
    /** Those of `refusedConnections` whose peer had as many as it may have. */
    readonly refused: number
  }
  /** The paths of its methods. */
  readonly methods: readonly string[]
  /** The state of the policies, by the path of the method and the name of the policy: rate limits, concurrency, caches. */
  readonly policies: Readonly<Record<string, MethodState>>
  /** The limits in force. */
  readonly limits: Limits
  /** Its entries in a registry. Default: it is not registered. */
  readonly registration?: RegistrationInspection
  /** Worker processes that run, if the server has workers. What each does is seen in its own process. Default: none. */
  readonly workers?: number
}

/** The entries of a server in a registry. A copy: it does not change, and changing it has no effect. */
export interface RegistrationInspection {
  /** The registry, as `register` names it. */
  readonly registry: string
  /** The address that clients find there. */
  readonly address: string
  /** Milliseconds after which the registry drops the entries of a server that has vanished. */
  readonly ttl: number
  /**
   * `registered`; `withdrawn`: the server is not ready or closes, so that it has no entries; `failing`: the registry did not take the last
   * renewal, and entries that it still has end with their lease.
   */
  readonly state: 'registered' | 'withdrawn' | 'failing'
}

/** One open connection of a server. A copy: it does not change, and changing it has no effect. */
export interface ConnectionInspection {
  /** The peer's address with its port; `local` on a Unix socket. */
  readonly peer: string
  /** The name of its protocol; undefined until its first bytes tell. */
  readonly protocol: string | undefined
  /** Whether it has TLS. */
  readonly secure: boolean
  /** The common name of its client certificate, or its distinguished name without one; undefined if it has no verified certificate. */
  readonly identity: string | undefined
  /** Calls in flight on it, on HTTP/2 its streams. */
  readonly calls: number
  /** Bytes that were read from its socket. */
  readonly bytesRead: number
  /** Bytes that were written to its socket. */
  readonly bytesWritten: number
  /** Milliseconds since it was accepted. */
  readonly age: number
  /** What HTTP/2 tells of it: streams, messages and windows. Default: it is not over HTTP/2. */
  readonly http2?: Http2Inspection
}
