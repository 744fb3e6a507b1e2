import { LiveSet } from '../core/live-set.js'
import type { LiveConnection } from '../protocols/protocol.js'
import type { ServerInspection } from './inspection.js'

/** An open server, as gRPC's channelz shows it. */
export interface LiveServer {
  readonly id: number
  /** The sockets on which it listens. */
  readonly listeners: readonly LiveListener[]
  inspect(): ServerInspection
  /** Its open connections, as far as its protocols list them. */
  liveConnections(): readonly LiveConnection[]
}

/** A socket on which a server listens. */
export interface LiveListener {
  readonly id: number
  /** `127.0.0.1:50051`, or `unix:/path`. */
  readonly address: string
}

/** The servers of this process that are not closed. */
export const liveServers = /* @__PURE__ */ new LiveSet<LiveServer>()
