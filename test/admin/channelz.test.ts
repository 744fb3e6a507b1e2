import { fileURLToPath } from 'node:url'
import * as grpcJs from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import test, { type ExecutionContext } from 'ava'
import { connect } from '../../src/client/connect.js'
import { inspect } from '../../src/client/inspect.js'
import { liveChannels } from '../../src/client/live-channels.js'
import { disconnect, withCall } from '../../src/client/proxy.js'
import { Channelz, ChannelConnectivityStateState as State } from '../../src/contracts/grpc/channelz/v1/channelz.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Safe, Service } from '../../src/decorators/service.js'
import { type HostingOptions, serve } from '../../src/hosting/serve.js'
import { retry } from '../../src/policies/attempts/retry.js'
import { authorize } from '../../src/policies/authorize.js'
import { int32, streamOf } from '../../src/schema/algebra.js'
import { liveServers } from '../../src/server/live-servers.js'
import type { Server } from '../../src/server/running-server.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { grpcJsServer } from '../protocols/grpc/peers.js'

@Message('admin.Count')
class Count {
  @Field(1, int32) n = 0
}

@Service('admin.Counter')
class Counter {
  private failures = 0

  @Method({ accepts: Count, returns: Count }) @Safe() async echo(count: Count): Promise<Count> {
    if (count.n < 0 && this.failures++ < -count.n) throw new RpcError('not yet', Code.unavailable)
    return count
  }

  @Method({ accepts: Count, returns: streamOf(Count) }) async *upTo({ n }: Count): AsyncIterable<Count> {
    for (let i = 1; i <= n; i++) yield { n: i }
  }
}

async function served(t: ExecutionContext, options: HostingOptions = {}): Promise<Server> {
  const server = await serve([Counter], { host: '127.0.0.1', admin: true, ...options })
  t.teardown(() => server.close())
  return server
}

function remote<T extends object>(
  t: ExecutionContext,
  service: new () => T,
  target: Parameters<typeof connect>[1],
  options: Parameters<typeof connect>[2] = {},
): T {
  const client = connect(service, target, options)
  t.teardown(() => disconnect(client))
  return client
}

const page = { maxResults: 0n }

async function subchannel(channelz: Channelz, id: number) {
  const { channel } = await channelz.getChannel({ channelId: BigInt(id) })
  const { subchannel } = await channelz.getSubchannel({ subchannelId: channel?.subchannelRef[0]?.subchannelId ?? 0n })
  return { channel, subchannel }
}

test('it shows a channel, its endpoint and its connection, with what they carried', async t => {
  const server = await served(t)
  const channelz = remote(t, Channelz, `grpc://${server.address}`)
  const counter = remote(t, Counter, `grpc://${server.address}`, {
    policies: [retry({ attempts: 2, initialBackoff: 1 })],
  })
  await counter.echo({ n: 1 })
  await counter.echo({ n: -1 })
  for await (const _ of counter.upTo({ n: 3 }));
  const { channel, subchannel: endpoint } = await subchannel(channelz, inspect(counter).id)
  t.like(channel?.data, { target: `grpc://${server.address}`, state: { state: State.READY } })
  t.like(channel?.data, { callsStarted: 3n, callsSucceeded: 3n, callsFailed: 0n })
  t.true((channel?.data?.lastCallStartedTimestamp as Date) <= new Date())
  t.is(endpoint?.ref?.name, server.address)
  t.like(endpoint?.data, { callsStarted: 4n, callsSucceeded: 3n, callsFailed: 1n })
  const { socket } = await channelz.getSocket({ socketId: endpoint?.socketRef[0]?.socketId ?? 0n, summary: false })
  t.like(socket?.data, { streamsStarted: 4n, streamsSucceeded: 4n, streamsFailed: 0n })
  t.like(socket?.data, { messagesSent: 4n, messagesReceived: 5n, keepAlivesSent: 0n })
  t.true((socket?.data?.localFlowControlWindow ?? 0n) > 0n && (socket?.data?.remoteFlowControlWindow ?? 0n) > 0n)
  t.true(socket?.data?.lastLocalStreamCreatedTimestamp instanceof Date)
  t.true(socket?.data?.lastMessageSentTimestamp instanceof Date)
  t.is(socket?.data?.lastRemoteStreamCreatedTimestamp, undefined)
  const remoteAddress = socket?.remote?.address
  t.is(remoteAddress?.case, 'tcpip_address')
  t.like(remoteAddress?.value, { ipAddress: Uint8Array.of(127, 0, 0, 1), port: server.port })
  t.is(socket?.security, undefined)
})

test('it shows a server, the sockets on which it listens, and its connections', async t => {
  const server = await served(t)
  const channelz = remote(t, Channelz, `grpc://${server.address}`)
  const counter = remote(t, Counter, `grpc://${server.address}`)
  await counter.echo({ n: 1 })
  await t.throwsAsync(counter.echo({ n: -5 }), { instanceOf: RpcError })
  const { id } = server.inspect()
  const { server: shown } = await channelz.getServer({ serverId: BigInt(id) })
  // The call that asks is one of them.
  t.like(shown?.data, { callsStarted: 3n, callsSucceeded: 1n, callsFailed: 1n })
  const listening = await channelz.getSocket({ socketId: shown?.listenSocket[0]?.socketId ?? 0n, summary: true })
  t.like(listening.socket?.local?.address, { value: { port: server.port } })
  const { socketRef, end } = await channelz.getServerSockets({ serverId: BigInt(id), startSocketId: 0n, ...page })
  t.is(socketRef.length, 2)
  t.true(end)
  const mine = server.connections().find(({ http2 }) => http2?.messages.received === 2)?.http2
  const { socket } = await channelz.getSocket({ socketId: BigInt(mine?.id ?? 0), summary: false })
  t.like(socket?.data, { streamsStarted: 2n, streamsSucceeded: 2n, messagesReceived: 2n, messagesSent: 1n })
  t.true(socket?.data?.lastRemoteStreamCreatedTimestamp instanceof Date)
  t.is(socket?.data?.lastLocalStreamCreatedTimestamp, undefined)
  t.true(mine !== undefined && mine.bytes.received > 0 && mine.bytes.sent > 0 && mine.age >= mine.idle)
})

test('lists come in pages, in the order of their ids', async t => {
  const server = await served(t)
  const channelz = remote(t, Channelz, `grpc://${server.address}`)
  const counters = Array.from({ length: 5 }, () => remote(t, Counter, `grpc://${server.address}`))
  await Promise.all(counters.map(counter => counter.echo({ n: 1 })))
  const ids = counters.map(counter => BigInt(inspect(counter).id))
  const first = await channelz.getTopChannels({ startChannelId: ids[0] ?? 0n, maxResults: 3n })
  t.deepEqual(
    first.channel.map(one => one.ref?.channelId),
    ids.slice(0, 3),
  )
  t.false(first.end)
  const next = await channelz.getTopChannels({ startChannelId: (ids[2] ?? 0n) + 1n, maxResults: 0n })
  t.deepEqual(
    next.channel.slice(0, 2).map(one => one.ref?.channelId),
    ids.slice(3),
  )
  t.true(next.end)
  const serverId = BigInt(server.inspect().id)
  const { socketRef } = await channelz.getServerSockets({ serverId, startSocketId: 0n, maxResults: 2n })
  const rest = await channelz.getServerSockets({
    serverId,
    startSocketId: (socketRef[1]?.socketId ?? 0n) + 1n,
    maxResults: 1000n,
  })
  t.deepEqual([socketRef.length, rest.socketRef.length, rest.end], [2, 4, true])
  const { server: servers } = await channelz.getServers({ startServerId: serverId, maxResults: 1n })
  t.deepEqual(
    servers.map(one => one.ref?.serverId),
    [serverId],
  )
})

test('an unknown id is not found, and a negative page size is invalid', async t => {
  const server = await served(t)
  const channelz = remote(t, Channelz, `grpc://${server.address}`)
  const id = 2n ** 62n
  const calls = [
    channelz.getChannel({ channelId: id }),
    channelz.getSubchannel({ subchannelId: id }),
    channelz.getServer({ serverId: id }),
    channelz.getServerSockets({ serverId: id, startSocketId: 0n, ...page }),
    channelz.getSocket({ socketId: 0n, summary: false }),
    channelz.getSocket({ socketId: -1n, summary: false }),
  ]
  for (const call of calls) t.is((await t.throwsAsync<RpcError>(call))?.code, Code.not_found)
  const negative = await t.throwsAsync<RpcError>(channelz.getServers({ startServerId: 0n, maxResults: -1n }))
  t.is(negative?.code, Code.invalid_argument)
})

test('what has closed is gone, and being listed keeps nothing', async t => {
  const server = await served(t)
  const channelz = remote(t, Channelz, `grpc://${server.address}`)
  const other = await serve([Counter], { host: '127.0.0.1' })
  const counter = connect(Counter, `grpc://${other.address}`)
  await counter.echo({ n: 1 })
  const channelId = BigInt(inspect(counter).id)
  const socketId = BigInt(inspect(counter).endpoints[0]?.connections[0]?.id ?? 0)
  const serverId = BigInt(other.inspect().id)
  await channelz.getSocket({ socketId, summary: false })
  await disconnect(counter)
  await other.close()
  const gone = [
    channelz.getChannel({ channelId }),
    channelz.getSocket({ socketId, summary: false }),
    channelz.getServer({ serverId }),
  ]
  for (const call of gone) t.is((await t.throwsAsync<RpcError>(call))?.code, Code.not_found)
  t.false([...liveChannels].some(({ id }) => BigInt(id) === channelId))
  t.false([...liveServers].some(({ id }) => BigInt(id) === serverId))
})

test('with TLS it shows the cipher and the certificates, and a summary leaves them out', async t => {
  const server = await served(t, { tls: certificate })
  const target = { protocol: 'grpcs', authority: server.address, tls: { ca: authority } }
  const channelz = remote(t, Channelz, target)
  await channelz.getServers({ startServerId: 0n, ...page })
  const socketId = BigInt(inspect(channelz).endpoints[0]?.connections[0]?.id ?? 0)
  const { socket } = await channelz.getSocket({ socketId, summary: false })
  const model = socket?.security?.model
  t.is(model?.case, 'tls')
  if (model?.case !== 'tls') return
  t.like(model.value.cipherSuite, { case: 'standard_name' })
  t.true(model.value.remoteCertificate.length > 100)
  t.is(model.value.localCertificate.length, 0)
  const summary = await channelz.getSocket({ socketId, summary: true })
  t.is(summary.socket?.security, undefined)
})

test('only this machine may ask, unless a rule says who', async t => {
  const server = await served(t)
  const forwarded = { headers: { 'x-forwarded-for': '10.0.0.1' } }
  const channelz = remote(t, Channelz, `grpc://${server.address}`)
  const denied = withCall(channelz, forwarded).getServers({ startServerId: 0n, ...page })
  t.is((await t.throwsAsync<RpcError>(denied))?.code, Code.permission_denied)
  const guarded = await served(t, { policies: [authorize(() => false)] })
  const refused = remote(t, Channelz, `grpc://${guarded.address}`).getServers({ startServerId: 0n, ...page })
  t.is((await t.throwsAsync<RpcError>(refused))?.code, Code.permission_denied)
  const open = await served(t, {
    policies: [authorize(() => false)],
    admin: { authorize: call => call.headers.get('authorization') === 'Bearer x' },
  })
  const asked = remote(t, Channelz, `grpc://${open.address}`)
  const admitted = withCall(asked, { headers: { authorization: 'Bearer x', ...forwarded.headers } })
  t.true((await admitted.getServers({ startServerId: 0n, ...page })).end)
  t.is((await t.throwsAsync<RpcError>(asked.getServers({ startServerId: 0n, ...page })))?.code, Code.permission_denied)
})

test('it is off by default, only gRPC offers it, and contradictions are start-up errors', async t => {
  const plain = await serve([Counter], { host: '127.0.0.1' })
  t.teardown(() => plain.close())
  const off = remote(t, Channelz, `grpc://${plain.address}`).getServers({ startServerId: 0n, ...page })
  t.is((await t.throwsAsync<RpcError>(off))?.code, Code.unimplemented)
  const server = await served(t)
  const overHttp = remote(t, Channelz, `http://${server.address}`).getServers({ startServerId: 0n, ...page })
  t.is((await t.throwsAsync<RpcError>(overHttp))?.code, Code.unimplemented)
  await t.throwsAsync(serve([Counter], { admin: true, protocols: ['http'] }), { message: /add grpc to protocols/ })
  await t.throwsAsync(serve([Counter], { admin: true, workers: 2 }), { message: /leave out workers/ })
})

const proto = fileURLToPath(new URL('../../../node_modules/@grpc/grpc-js/proto/channelz.proto', import.meta.url))

test("grpc-js's own channelz client reads ours", async t => {
  const server = await served(t, { reflection: true, report: () => {} })
  const loaded = grpcJs.loadPackageDefinition(loadSync(proto, { keepCase: true, longs: String })) as never as {
    readonly grpc: { readonly channelz: { readonly v1: { readonly Channelz: grpcJs.ServiceClientConstructor } } }
  }
  const client = new loaded.grpc.channelz.v1.Channelz(server.address, grpcJs.credentials.createInsecure())
  t.teardown(() => client.close())
  const call = <T>(name: string, request: object) =>
    new Promise<T>((resolve, reject) => {
      const method = client[name] as (request: object, done: (error: Error | null, reply: T) => void) => void
      method.call(client, request, (error, reply) => (error === null ? resolve(reply) : reject(error)))
    })
  const { id } = server.inspect()
  const shown = await call<{ server: { listen_socket: object[] } }>('GetServer', { server_id: id })
  t.is(shown.server.listen_socket.length, 1)
  const { socket_ref: sockets } = await call<{ socket_ref: { socket_id: string }[] }>('GetServerSockets', {
    server_id: id,
  })
  t.is(sockets.length, 1)
  type Shown = { data: { streams_started: string }; remote: { tcpip_address: { ip_address: Buffer } } }
  const { socket } = await call<{ socket: Shown }>('GetSocket', { socket_id: sockets[0]?.socket_id })
  t.is(socket.data.streams_started, '3')
  t.deepEqual([...socket.remote.tcpip_address.ip_address], [127, 0, 0, 1])
  const error = await t.throwsAsync<grpcJs.ServiceError>(call('GetChannel', { channel_id: 1e9 }))
  t.is(error?.code, grpcJs.status.NOT_FOUND)
})

test('ours reads the channelz service of grpc-js', async t => {
  const { address, close } = await grpcJsServer(grpcJs.getChannelzServiceDefinition(), {
    ...grpcJs.getChannelzHandlers(),
  })
  t.teardown(close)
  const channelz = remote(t, Channelz, `grpc://${address}`)
  const { server: servers } = await channelz.getServers({ startServerId: 0n, ...page })
  t.true(servers.length >= 1)
  const serverId = servers.at(-1)?.ref?.serverId ?? 0n
  const { socketRef } = await channelz.getServerSockets({ serverId, startSocketId: 0n, ...page })
  const { socket } = await channelz.getSocket({ socketId: socketRef[0]?.socketId ?? 0n, summary: false })
  t.is(socket?.data?.streamsStarted, 3n)
  const missing = await t.throwsAsync<RpcError>(channelz.getServer({ serverId: 10n ** 9n }))
  t.is(missing?.code, Code.not_found)
})
