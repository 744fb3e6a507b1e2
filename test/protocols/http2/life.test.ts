import { once } from 'node:events'
import * as http2 from 'node:http2'
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { ErrorCode, Http2Error } from '../../../src/http2/error.js'
import { HpackDecoder } from '../../../src/http2/hpack-decoder.js'
import {
  type Call,
  Code,
  connect,
  disconnect,
  type LimitOptions,
  RpcError,
  serve,
  withCall,
} from '../../../src/index.js'
import { KeepaliveTime } from '../../../src/protocols/http2/client/keepalive-time.js'
import type { Tick } from '../../fixtures/hello.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { block, CLIENT_START, frame, RawPeer, uint32 } from '../../http2/raw-peer.js'
import { transportWires, wireName } from '../../matrix/wires.js'
import { failure, outcome } from '../../support/calls.js'
import { rig } from '../rig.js'

class PortsSeen extends HelloService {
  readonly ports = new Set<string>()
  readonly agents = new Set<string | undefined>()

  override async headers(request: { name: string }, call?: Call) {
    this.ports.add(String(call?.peer?.address))
    this.agents.add(call?.headers.get('user-agent'))
    return { message: request.name }
  }
}

test('a call that is cancelled ends alone: its connection goes on', async t => {
  const service = new PortsSeen()
  const server = await serve([service], { host: '127.0.0.1' })
  const hello = connect(Hello, `http2://${server.address}`)
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
  await hello.headers({ name: '', tags: [] })
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const abort = new AbortController()
  const hanging = outcome(withCall(hello, { signal: abort.signal }).hang())
  const stream = hello.watch(1_000_000)[Symbol.asyncIterator]()
  t.is((await stream.next()).value?.n, 1)
  abort.abort()
  t.is(((await hanging).error as RpcError).code, Code.canceled)
  await stopped
  t.is((await stream.next()).value?.n, 2)
  await stream.return?.()
  await hello.headers({ name: '', tags: [] })
  t.is(service.ports.size, 1)
})

test('a call that is cancelled while it waits for a connection is not sent', async t => {
  const service = new PortsSeen()
  const server = await serve([service], { host: '127.0.0.1', limits: { callsPerConnection: 1 } })
  const hello = connect(Hello, `http2://${server.address}`)
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
  await hello.ping()
  const hold = new AbortController()
  const holding = outcome(withCall(hello, { signal: hold.signal }).hang())
  const abort = new AbortController()
  const waiting = outcome(withCall(hello, { signal: abort.signal }).fail('never'))
  abort.abort()
  t.is(((await waiting).error as RpcError).code, Code.canceled)
  await hello.ping()
  hold.abort()
  await holding
  t.is(service.calls, 3)
})

const headers = 1

const ping = 6

const goaway = 7

const endStream = 1

const acknowledged = 1

const endHeaders = 4

const empty = Buffer.alloc(5)

function requestOf(id: number, method: string): Buffer {
  const fields = [':method', 'POST', ':scheme', 'http', ':path', `/hello.Hello/${method}`, ':authority', 'test']
  const head = block(...fields, 'content-type', 'application/grpc', 'te', 'trailers')
  return Buffer.concat([frame(headers, endHeaders, id, head), frame(0, endStream, id, empty)])
}

test.serial(
  'a server that drains serves what was on its way and refuses what comes later by its last GOAWAY',
  async t => {
    const service = new HelloService()
    let release = () => {}
    service.ping = () =>
      new Promise(resolve => {
        release = resolve
      })
    const server = await serve([service], { protocols: ['grpc'], host: '127.0.0.1' })
    const socket = connectSocket(server.port, '127.0.0.1')
    const peer = new RawPeer(socket)
    peer.send(CLIENT_START, frame(4, acknowledged, 0), requestOf(1, 'Ping'))
    t.true(await peer.alive())

    const closed = server.close()
    const first = await peer.find(({ type }) => type === goaway)
    t.is(first?.payload.readUInt32BE(0), 0x7fffffff, 'the first GOAWAY refuses nothing')
    const asked = await peer.find(({ type, flags }) => type === ping && flags === 0)
    peer.send(requestOf(3, 'SayHello'))
    t.true(await peer.alive())
    peer.send(frame(ping, acknowledged, 0, asked?.payload ?? ''))
    const last = await peer.find(({ type, payload }) => type === goaway && payload.readUInt32BE(0) !== 0x7fffffff)
    t.is(last?.payload.readUInt32BE(0), 3, 'the last one names the last call that is served')
    peer.send(requestOf(5, 'SayHello'))
    t.true(await peer.alive())
    release()
    await closed

    t.is(service.calls, 1, 'no handler saw the last call')
    t.is(peer.frames.filter(({ streamId }) => streamId === 5).length, 0)
    const decoder = new HpackDecoder(16_384)
    const statuses = new Map<number, string | undefined>()
    for (const { type, streamId, payload } of peer.frames) {
      if (type === headers) statuses.set(streamId, decoder.decode(payload, 0, payload.length).get('grpc-status'))
    }
    t.deepEqual([...statuses].sort(), [
      [1, '0'],
      [3, '0'],
    ])
    socket.destroy()
  },
)

test('a call above the last id of a GOAWAY is sent once more, whatever its method, since no handler saw it', async t => {
  let connections = 0
  const server = createServer(socket => {
    const isFirst = ++connections === 1
    const peer = new RawPeer(socket, true)
    peer.send(frame(4, 0, 0))
    void peer
      .find(({ type }) => type === headers)
      .then(request => {
        if (request === undefined) return
        if (isFirst) peer.send(frame(goaway, 0, 0, uint32(0, 0)))
        else {
          const fields = block(':status', '200', 'content-type', 'application/grpc', 'grpc-status', '5')
          peer.send(frame(headers, endHeaders | endStream, request.streamId, fields))
        }
      })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const hello = connect(Hello, `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const error = await t.throwsAsync(hello.ping(), { instanceOf: RpcError })
  t.is(error?.code, Code.not_found)
  t.is(connections, 2)
  await disconnect(hello)
  await new Promise(resolve => server.close(resolve))
})

async function session(t: ExecutionContext, limits: LimitOptions) {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', limits })
  t.teardown(() => server.close())
  const client = http2.connect(`http://${server.address}`)
  t.teardown(() => client.destroy())
  await once(client, 'connect')
  return client.on('error', () => {})
}

const pingOf = (client: http2.ClientHttp2Session) =>
  new Promise<Error | null>(resolve => {
    client.ping(error => resolve(error))
  })

test('a client that PINGs too often is sent away; the first and two strikes pass', async t => {
  const client = await session(t, {})
  const goaway = once(client, 'goaway')
  for (let i = 0; i < 3; i++) t.is(await pingOf(client), null)
  const refused = pingOf(client)
  const [code, , data] = (await goaway) as [number, number, Buffer]
  t.is(code, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  t.is(data.toString(), 'too_many_pings')
  await refused
})

test('minPingTime: 0 allows any PINGs', async t => {
  const client = await session(t, { minPingTime: 0 })
  for (let i = 0; i < 10; i++) t.is(await pingOf(client), null)
})

test('a client doubles its keepalive time when a server says that it got too many PINGs', t => {
  const keepalive = new KeepaliveTime({ time: 10_000, timeout: 5000, withoutCalls: true })
  const expected = { keepaliveTimeout: 5000, keepaliveWithoutStreams: true }
  t.deepEqual(keepalive.options, { ...expected, keepaliveTime: 10_000 })
  keepalive.goaway(new Http2Error(ErrorCode.no_error, 'the peer sent GOAWAY: NO_ERROR'))
  keepalive.goaway(new Http2Error(ErrorCode.enhance_your_calm, 'the peer sent GOAWAY: ENHANCE_YOUR_CALM'))
  t.is(keepalive.options.keepaliveTime, 10_000)
  keepalive.goaway(
    new Http2Error(ErrorCode.enhance_your_calm, 'the peer sent GOAWAY: ENHANCE_YOUR_CALM (too_many_pings)'),
  )
  t.is(keepalive.options.keepaliveTime, 20_000)
  t.deepEqual(new KeepaliveTime(undefined).options, {})
})

/** Sends one tick, and no other. */
class OneTick extends HelloService {
  override async *watch(): AsyncIterable<Tick> {
    yield { n: 1 }
    await new Promise(() => {})
  }
}

const oneTick = () => ({ contract: Hello, service: new OneTick(), isRelayed: true })

for (const wire of transportWires.filter(({ protocol }) => protocol === 'grpc' || protocol === 'http2')) {
  for (const muted of ['clients', 'server', 'both'] as const) {
    test(`calls in flight on a connection that fell silent end: ${wireName(wire)}, ${muted}`, async t => {
      t.timeout(60_000)
      const client = { keepalive: { timeout: '100ms' } } as const
      const { remote, relay } = await rig(t, wire, { ...oneTick(), client })
      const ticks = remote.watch(1)[Symbol.asyncIterator]()
      t.like(await ticks.next(), { value: { n: 1 }, done: false })
      const next = failure(ticks.next())
      relay?.mute(muted)
      t.is((await failure(withCall(remote, { timeout: '100ms' }).ping())).code, Code.deadline_exceeded)
      t.like(await next, { code: Code.unavailable, reason: 'connection_lost' })
    })
  }

  test(`keepalive finds a dead connection without a call that times out: ${wireName(wire)}`, async t => {
    t.timeout(60_000)
    const server = { limits: { minPingTime: 0 } }
    const client = { keepalive: { time: '200ms', timeout: '100ms' } } as const
    const { remote, relay } = await rig(t, wire, { ...oneTick(), server, client })
    const ticks = remote.watch(1)[Symbol.asyncIterator]()
    await ticks.next()
    relay?.mute('server')
    t.like(await failure(ticks.next()), { code: Code.unavailable, reason: 'connection_lost' })
  })
}

test('keepalive: what is not a time, or is not an option, is refused', t => {
  const target = 'grpc://127.0.0.1:1'
  t.throws(() => connect(Hello, target, { keepalive: { time: 0 } }), { message: /keepalive: time must be above 0/ })
  t.throws(() => connect(Hello, target, { keepalive: { withoutCalls: 1 as unknown as boolean } }), {
    message: /keepalive: withoutCalls must be true or false, got 1/,
  })
  t.throws(() => connect(Hello, target, { keepalive: { interval: 1 } as object }), {
    message: /keepalive has no option "interval"/,
  })
})
