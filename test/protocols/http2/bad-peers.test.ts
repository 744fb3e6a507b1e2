import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import {
  bytes,
  type Call,
  Code,
  Context,
  connect,
  disconnect,
  Field,
  hedge,
  int32,
  type LimitOptions,
  Message,
  Method,
  nothing,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  withCall,
} from '../../../src/index.js'
import { block, CLIENT_START, frame, RawPeer, setting, uint32 } from '../../http2/raw-peer.js'
import { deferred } from '../../support/deferred.js'

const megabyte = 1 << 20

@Message('strangers.Blob')
class Blob {
  @Field(1, bytes) data!: Uint8Array
}

@Message('strangers.Count')
class Count {
  @Field(1, int32) n!: number
}

const shared = { data: Buffer.alloc(megabyte, 1) }

@Service('strangers.Store')
class Store {
  begun = 0
  /** Connections that `often` was called over. */
  readonly peers = new Set<string>()
  /** Handlers of `ignore` and `ignoring` end with it, and not before. */
  patience = deferred<void>()

  @Method(Blob) @Safe() async fetch(): Promise<Blob> {
    this.begun++
    return { data: Buffer.alloc(megabyte, 1) }
  }

  @Method(Blob) @Safe() async fetchSlowly(): Promise<Blob> {
    this.begun++
    await sleep(5)
    return shared
  }

  @Method(streamOf(Blob)) @Safe() async *fetchAll(): AsyncIterable<Blob> {
    this.begun++
    await sleep(5)
    for (let i = 0; i < 3; i++) yield shared
  }

  @Method(nothing) @Safe() async ping(): Promise<void> {}

  /** Every other one takes longer than the client waits for. */
  @Method(nothing) @Safe() async often(@Context() call?: Call): Promise<void> {
    this.peers.add(String(call?.peer?.address))
    if (this.begun++ % 2 === 0) await sleep(50, undefined, { signal: call?.signal as AbortSignal })
  }

  @Method(nothing) @Safe() async ignore(): Promise<void> {
    this.begun++
    await this.patience.promise
  }

  @Method(streamOf(Count)) @Safe() async *ignoring(): AsyncIterable<Count> {
    this.begun++
    await this.patience.promise
    yield { n: 1 }
  }
}

async function start(limits: LimitOptions = {}) {
  const store = new Store()
  const server = await serve([store], { protocols: ['grpc', 'http'], limits, report: () => {} })
  const client = connect(Store, `grpc://${server.address}`)
  await client.ping()
  const socket = createConnection(Number(server.address.split(':').at(-1)), '127.0.0.1')
  const peer = new RawPeer(socket)
  const stop = async () => {
    socket.destroy()
    store.patience.resolve()
    await disconnect(client)
    await server.close()
  }
  return { store, server, client, peer, stop }
}

/** A gRPC request without fields. */
function call(id: number, method: string): Buffer {
  const head = block(
    ...[':method', 'POST', ':scheme', 'http', ':path', `/strangers.Store/${method}`, ':authority', 'test'],
    ...['content-type', 'application/grpc', 'te', 'trailers'],
  )
  return Buffer.concat([frame(1, 4, id, head), frame(0, 1, id, Buffer.alloc(5))])
}

/** A client that opens no window, as far as it goes. */
const shut = Buffer.concat([CLIENT_START, frame(4, 0, 0, setting(4, 0))])

/** Bytes that the process holds, whatever waits to be collected besides. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

for (const method of ['Fetch', 'FetchSlowly', 'FetchAll']) {
  test.serial(`1,000 requests for 1 MiB replies that nobody takes: ${method}`, async t => {
    const { store, client, peer, stop } = await start({ stallTimeout: 1500 })
    const before = held()
    let most = before
    peer.send(shut)
    for (let i = 0; i < 1000; i++) peer.send(call(1 + 2 * i, method))
    while (store.begun < 16) await sleep(1)
    let good = 0
    while (!peer.ended) {
      await client.ping()
      good++
      most = Math.max(most, held())
      await sleep(10)
    }
    t.true(good > 10)
    const grown = Math.round((most - before) / megabyte)
    t.log(`${grown} MiB were held at most; ${store.begun} calls had begun; ${good} good calls beside them`)
    t.true(grown < 6 * 16, `${grown} MiB`)
    t.is(await peer.goaway(), 0xb)
    await stop()
  })
}

test('a client that reads slowly gets every reply, though they are many times unsentBytes', async t => {
  const { store, server, client, stop } = await start({ unsentBytes: 2 * megabyte })
  const replies = await Promise.all(Array.from({ length: 60 }, () => client.fetch()))
  t.true(replies.every(({ data }) => data.length === megabyte))
  t.is(store.begun, 60)
  // One that is larger than all that may wait.
  const small = await serve([new Store()], { protocols: ['grpc'], limits: { unsentBytes: 1000 } })
  const other = connect(Store, `grpc://${small.address}`)
  t.is((await other.fetch()).data.length, megabyte)
  await disconnect(other)
  await small.close()
  t.truthy(server)
  await stop()
})

test('2,000 calls that a client cancels harm no other call of its connection', async t => {
  const { store, client, stop } = await start()
  const long = client.ignore()
  while (store.begun < 1) await sleep(1)
  const { patience } = store
  for (let round = 0; round < 20; round++) {
    store.begun = 0
    store.patience = deferred<void>()
    const aborts = Array.from({ length: 100 }, () => new AbortController())
    const canceled = aborts.map(({ signal }) => withCall(client, { signal }).ignoring())
    const ends = canceled.map(async replies => {
      for await (const _ of replies) t.fail()
    })
    // Every other round cancels what has not left yet, or is on its way.
    while (round % 2 === 0 && store.begun < 100) await sleep(1)
    for (const abort of aborts) abort.abort()
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === 'fulfilled') t.fail()
      else t.is((end.reason as RpcError).code, Code.canceled)
    }
    store.patience.resolve()
  }
  patience.resolve()
  await t.notThrowsAsync(long)
  await stop()
})

test('hedging at hundreds of calls a second keeps its connections', async t => {
  const limits = { resetBurst: 150, resetsPerSecond: 5 }
  const [one, other] = [await start(limits), await start(limits)]
  const policies = [hedge({ delay: '2ms', maxExtraLoad: 1 })]
  const client = connect(Store, `grpc://${one.server.address},${other.server.address}`, { policies })
  for (let round = 0; round < 60; round++) await Promise.all(Array.from({ length: 20 }, () => client.often()))
  const hedged = one.store.begun + other.store.begun - 1200
  t.log(`${hedged} calls were hedged`)
  t.true(hedged > 300)
  for (const { store } of [one, other]) t.is(store.peers.size, 1)
  await disconnect(client)
  await one.stop()
  await other.stop()
})

for (const target of ['grpc', 'http2'] as const) {
  test(`a cancelled call counts in callsPerConnection until its handler has settled: ${target}`, async t => {
    const { store, peer, stop } = await start({ callsPerConnection: 6 })
    peer.send(CLIENT_START, frame(4, 1, 0))
    const send = target === 'grpc' ? call : connectCall
    const methods = target === 'grpc' ? ['Ignore', 'Ignoring'] : ['Ignore']
    for (let i = 0; i < 6; i++) peer.send(send(1 + 2 * i, methods[i % methods.length] as string), Buffer.alloc(0))
    while (store.begun < 6) await sleep(1)
    for (let i = 0; i < 6; i++) peer.send(frame(3, 0, 1 + 2 * i, uint32(8)))
    peer.send(send(13, 'Ping'))
    t.is(await peer.reset(13), 7)
    store.patience.resolve()
    await sleep(5)
    peer.send(send(15, 'Ping'))
    t.truthy(await peer.find(({ type, streamId }) => type === 1 && streamId === 15))
    await stop()
  })
}

/** A Connect request without fields, over HTTP/2. */
function connectCall(id: number, method: string): Buffer {
  const head = block(
    ...[':method', 'POST', ':scheme', 'http', ':path', `/strangers.Store/${method}`, ':authority', 'test'],
    ...['content-type', 'application/json', 'content-length', '2'],
  )
  return Buffer.concat([frame(1, 4, id, head), frame(0, 1, id, '{}')])
}

test('rapid reset: the attacker is ended, and its own other calls and those of others are not harmed', async t => {
  const { store, client, peer, stop } = await start({ resetBurst: 100 })
  peer.send(CLIENT_START, call(1, 'Ignore'))
  // In one write, so that it all comes within a second.
  const attack = Array.from({ length: 150 }, (_, i) => [call(3 + 2 * i, 'Ping'), frame(3, 0, 3 + 2 * i, uint32(8))])
  peer.send(...attack.flat())
  const good = Array.from({ length: 100 }, () => client.ping())
  t.truthy(await peer.find(({ type }) => type === 7))
  store.patience.resolve()
  t.truthy(await peer.find(({ type, streamId, flags }) => type === 1 && streamId === 1 && (flags & 1) === 1))
  await t.notThrowsAsync(Promise.all(good))
  t.is(await peer.goaway(), 0xb)
  await stop()
})
