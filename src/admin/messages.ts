import type { EndpointInspection } from '../client/inspection.js'
import type { LiveChannel } from '../client/live-channels.js'
import {
  type Channel,
  type Server,
  type Socket,
  type SocketData,
  type SocketRef,
  ChannelConnectivityStateState as State,
  type Subchannel,
} from '../contracts/grpc/channelz/v1/channelz.js'
import type { CallCountInspection } from '../core/call-count.js'
import type { Http2Inspection } from '../core/inspection.js'
import type { LiveConnection } from '../protocols/protocol.js'
import type { LiveListener, LiveServer } from '../server/live-servers.js'
import { addressesOf, addressOf, securityOf } from './addresses.js'

export function channelMessage(channel: LiveChannel): Channel {
  const { id, uri } = channel
  const { closed, endpoints, calls } = channel.inspect()
  return {
    ref: { channelId: BigInt(id), name: uri },
    data: { state: { state: closed ? State.SHUTDOWN : bestOf(endpoints) }, target: uri, ...counts(calls) },
    channelRef: [],
    subchannelRef: endpoints.map(({ id, address }) => ({ subchannelId: BigInt(id), name: address })),
    socketRef: [],
  }
}

export function subchannelMessage(endpoint: EndpointInspection): Subchannel {
  const { id, address, calls, connections } = endpoint
  return {
    ref: { subchannelId: BigInt(id), name: address },
    data: { state: { state: stateOf(endpoint) }, target: address, ...counts(calls) },
    channelRef: [],
    subchannelRef: [],
    socketRef: connections.map(({ id, peer }) => ({ socketId: BigInt(id), name: peer })),
  }
}

export function serverMessage(server: LiveServer): Server {
  return {
    ref: { serverId: BigInt(server.id), name: server.listeners[0]?.address ?? '' },
    data: counts(server.inspect().calls),
    listenSocket: server.listeners.map(({ id, address }) => ({ socketId: BigInt(id), name: address })),
  }
}

export function listenerMessage({ id, address }: LiveListener): Socket {
  return { ref: { socketId: BigInt(id), name: address }, local: addressOf(address), remoteName: '' }
}

export function socketRef(connection: LiveConnection): SocketRef {
  return { socketId: BigInt(connection.id), name: connection.inspect().peer }
}

/** @param summary leaves the certificates out, which take time to read */
export function socketMessage(connection: LiveConnection, summary: boolean): Socket {
  const { socket } = connection
  const security = summary ? undefined : securityOf(socket)
  return {
    ref: socketRef(connection),
    data: socketData(connection.inspect(), connection.isServer),
    ...addressesOf(socket),
    ...(security !== undefined && { security }),
    remoteName: '',
  }
}

function socketData(state: Http2Inspection, isServer: boolean): SocketData {
  const { streams, messages, keepalives, windows, lastStream, lastSent, lastReceived } = state
  return {
    streamsStarted: BigInt(streams.started),
    streamsSucceeded: BigInt(streams.succeeded),
    streamsFailed: BigInt(streams.failed),
    messagesSent: BigInt(messages.sent),
    messagesReceived: BigInt(messages.received),
    keepAlivesSent: BigInt(keepalives),
    ...(lastStream !== undefined && {
      [isServer ? 'lastRemoteStreamCreatedTimestamp' : 'lastLocalStreamCreatedTimestamp']: ago(lastStream),
    }),
    ...(lastSent !== undefined && { lastMessageSentTimestamp: ago(lastSent) }),
    ...(lastReceived !== undefined && { lastMessageReceivedTimestamp: ago(lastReceived) }),
    localFlowControlWindow: BigInt(windows.sending),
    remoteFlowControlWindow: BigInt(windows.receiving),
  }
}

function counts({ started, succeeded, failed, lastStarted }: CallCountInspection) {
  return {
    callsStarted: BigInt(started),
    callsSucceeded: BigInt(succeeded),
    callsFailed: BigInt(failed),
    ...(lastStarted !== undefined && { lastCallStartedTimestamp: ago(lastStarted) }),
  }
}

function ago(milliseconds: number): Date {
  return new Date(Date.now() - milliseconds)
}

/** A channel is as good as its best endpoint. Source: gRPC connectivity semantics. */
function bestOf(endpoints: readonly EndpointInspection[]): State {
  const states = new Set(endpoints.map(stateOf))
  const ranked = [State.READY, State.CONNECTING, State.IDLE, State.TRANSIENT_FAILURE]
  return ranked.find(state => states.has(state)) ?? State.IDLE
}

function stateOf({ state }: EndpointInspection): State {
  switch (state) {
    case 'connected':
      return State.READY
    case 'connecting':
      return State.CONNECTING
    case 'idle':
      return State.IDLE
    default:
      return State.TRANSIENT_FAILURE
  }
}
