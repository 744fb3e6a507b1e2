import { LiveSet } from '../core/live-set.js'
import type { LiveConnection } from '../protocols/protocol.js'
import type { ChannelInspection } from './inspection.js'

/** An open channel, as gRPC's channelz shows it. */
export interface LiveChannel {
  readonly id: number
  /** Its target: `grpc://10.0.0.1:50051`. */
  readonly uri: string
  inspect(): ChannelInspection
  /** Its open connections, as far as its protocol lists them. */
  liveConnections(): readonly LiveConnection[]
}

/** The channels of this process that are not closed. */
export const liveChannels = /* @__PURE__ */ new LiveSet<LiveChannel>()
