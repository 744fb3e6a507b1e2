import { type LiveChannel, liveChannels } from '../client/live-channels.js'
import {
  Channelz as ChannelzContract,
  type GetChannelRequest,
  type GetChannelResponse,
  type GetServerRequest,
  type GetServerResponse,
  type GetServerSocketsRequest,
  type GetServerSocketsResponse,
  type GetServersRequest,
  type GetServersResponse,
  type GetSocketRequest,
  type GetSocketResponse,
  type GetSubchannelRequest,
  type GetSubchannelResponse,
  type GetTopChannelsRequest,
  type GetTopChannelsResponse,
} from '../contracts/grpc/channelz/v1/channelz.js'
import { Code } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'
import { Service } from '../decorators/service.js'
import type { LiveConnection } from '../protocols/protocol.js'
import { liveServers } from '../server/live-servers.js'
import {
  channelMessage,
  listenerMessage,
  serverMessage,
  socketMessage,
  socketRef,
  subchannelMessage,
} from './messages.js'

/** Results of one page if the caller does not say, and the most in any case. */
const mostResults = 100

/**
 * Shows the channels, servers and connections of the process. It looks at them when it is asked, and keeps none of them alive.
 *
 * Ids ascend in the order in which the objects were made, and stay the same as long as they live. A channel without a connection pool of
 * its own, such as one of a page, is not listed.
 *
 * Source: gRFC A14.
 */
@Service()
export class Channelz extends ChannelzContract {
  override async getTopChannels({
    startChannelId,
    maxResults,
  }: GetTopChannelsRequest): Promise<GetTopChannelsResponse> {
    const { items, end } = pageOf(liveChannels, startChannelId, maxResults)
    return { channel: items.map(channelMessage), end }
  }

  override async getServers({ startServerId, maxResults }: GetServersRequest): Promise<GetServersResponse> {
    const { items, end } = pageOf(liveServers, startServerId, maxResults)
    return { server: items.map(serverMessage), end }
  }

  override async getServer({ serverId }: GetServerRequest): Promise<GetServerResponse> {
    return { server: serverMessage(found(liveServers, serverId, 'server')) }
  }

  override async getServerSockets(request: GetServerSocketsRequest): Promise<GetServerSocketsResponse> {
    const server = found(liveServers, request.serverId, 'server')
    const { items, end } = pageOf(server.liveConnections(), request.startSocketId, request.maxResults)
    return { socketRef: items.map(socketRef), end }
  }

  override async getChannel({ channelId }: GetChannelRequest): Promise<GetChannelResponse> {
    return { channel: channelMessage(found(liveChannels, channelId, 'channel')) }
  }

  override async getSubchannel({ subchannelId }: GetSubchannelRequest): Promise<GetSubchannelResponse> {
    for (const channel of liveChannels)
      for (const endpoint of channel.inspect().endpoints)
        if (BigInt(endpoint.id) === subchannelId) return { subchannel: subchannelMessage(endpoint) }
    throw notFound('subchannel', subchannelId)
  }

  override async getSocket({ socketId, summary }: GetSocketRequest): Promise<GetSocketResponse> {
    for (const { listeners } of liveServers)
      for (const listener of listeners)
        if (BigInt(listener.id) === socketId) return { socket: listenerMessage(listener) }
    return { socket: socketMessage(found(connections(), socketId, 'socket'), summary) }
  }
}

/** Every connection of the process. */
function* connections(): Iterable<LiveConnection> {
  for (const owner of [liveServers, liveChannels] as readonly Iterable<Pick<LiveChannel, 'liveConnections'>>[])
    for (const one of owner) yield* one.liveConnections()
}

interface Identified {
  readonly id: number
}

function found<T extends Identified>(all: Iterable<T>, id: bigint, what: string): T {
  for (const one of all) if (BigInt(one.id) === id) return one
  throw notFound(what, id)
}

function notFound(what: string, id: bigint): RpcError {
  return new RpcError(`there is no ${what} ${id} here; it may have been closed`, Code.not_found)
}

/** @throws RpcError `invalid_argument` for a negative number of results */
function pageOf<T extends Identified>(all: Iterable<T>, start: bigint, most: bigint): { items: T[]; end: boolean } {
  if (most < 0n) throw new RpcError(`max_results must not be negative, got ${most}`, Code.invalid_argument)
  const size = most === 0n || most > BigInt(mostResults) ? mostResults : Number(most)
  const items: T[] = []
  for (const one of all) {
    if (BigInt(one.id) < start) continue
    if (items.length === size) return { items, end: false }
    items.push(one)
  }
  return { items, end: true }
}
