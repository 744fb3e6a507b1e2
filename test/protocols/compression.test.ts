import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttp1 } from 'node:http'
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { compressionGzip, connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node'
import test from 'ava'
import { request } from 'undici'
import { encodings } from '../../src/codecs/compression.js'
import {
  bytes,
  Cached,
  Code,
  Compressed,
  compressed,
  connect,
  disconnect,
  type EncodingName,
  explain,
  Field,
  Message,
  Method,
  type RpcError,
  Safe,
  Service,
  type ServingOptions,
  serve,
  streamOf,
} from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { connectDescriptor } from './grpc/peers.js'

@Message('test.Blob')
class Blob {
  @Field(1, bytes) data: Uint8Array = new Uint8Array(0)
}

@Service('test.Lone')
class Lone {
  @Method({ accepts: Blob, returns: Blob }) async echo(blob: Blob): Promise<Blob> {
    return blob
  }

  @Method({ accepts: Blob, returns: Blob }) @Compressed('gzip', { minBytes: 100 }) async declared(
    blob: Blob,
  ): Promise<Blob> {
    return blob
  }

  @Method({ accepts: Blob, returns: Blob }) async size(blob: Blob): Promise<Blob> {
    return { data: Buffer.from(String(blob.data.length)) }
  }

  @Method({ accepts: Blob, returns: Blob }) async zeros(blob: Blob): Promise<Blob> {
    return { data: new Uint8Array(Number(Buffer.from(blob.data).toString())) }
  }
}

@Service('test.Kept')
class Kept {
  private asked = 0

  @Method({ accepts: Blob, returns: Blob })
  @Safe()
  @Cached({ ttl: '1h', on: 'server' })
  @Compressed('gzip')
  async look(_blob: Partial<Blob>): Promise<Blob> {
    if (this.asked++ > 0) throw new Error('it is cached')
    return large
  }
}

@Service('test.Streamed')
class Streamed {
  @Method({ accepts: Blob, returns: streamOf(Blob) }) async *repeat(blob: Blob): AsyncIterable<Blob> {
    yield blob
    yield blob
  }

  @Method({ accepts: streamOf(Blob), returns: streamOf(Blob) }) async *chat(
    blobs: AsyncIterable<Blob>,
  ): AsyncIterable<Blob> {
    yield* blobs
  }
}

/** Stands before a server and counts what goes there and what comes back. */
class Meter {
  sent = 0
  received = 0
  private readonly sockets = new Set<Socket>()
  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async before(port: number): Promise<Meter> {
    const server = createServer()
    const meter = new Meter(server)
    server.on('connection', client => {
      const target = connectSocket(port, '127.0.0.1')
      for (const socket of [client, target]) {
        meter.sockets.add(socket)
        socket.on('error', () => {})
      }
      client.on('data', chunk => {
        meter.sent += chunk.length
      })
      target.on('data', chunk => {
        meter.received += chunk.length
      })
      client.pipe(target).pipe(client)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return meter
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Bytes of what `run` sends and receives. */
  async measure(run: () => Promise<unknown>): Promise<{ sent: number; received: number }> {
    const { sent, received } = this
    await run()
    return { sent: this.sent - sent, received: this.received - received }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }
}

async function serveMetered(options: ServingOptions = {}) {
  const server = await serve([new Lone(), new Streamed(), new Kept()], {
    host: '127.0.0.1',
    report: () => {},
    ...options,
  })
  const meter = await Meter.before(server.port)
  return { meter, server, close: () => Promise.all([meter.close(), server.close()]) }
}

async function all(blobs: AsyncIterable<Blob>): Promise<Blob[]> {
  const list: Blob[] = []
  for await (const blob of blobs) list.push(blob)
  return list
}

async function* thrice(blob: Blob): AsyncGenerator<Blob> {
  for (let i = 0; i < 3; i++) yield blob
}

const large = { data: Buffer.alloc(50_000, 'polywire ') }
const small = { data: Buffer.alloc(900, 'a') }
const noise = { data: randomBytes(20_000) }
const names = [...encodings.keys()] as EncodingName[]

for (const protocol of ['http', 'grpc']) {
  for (const name of names) {
    test(`${protocol}: requests and replies by ${name}, not under the threshold, not what does not shrink`, async t => {
      const { meter, close } = await serveMetered({ compression: name })
      const target = `${protocol}://${meter.address}?codec=proto&compression=${name}`
      const lone = connect(Lone, target)
      const streamed = connect(Streamed, target)
      const same = (blobs: Blob[], { data }: Blob, count: number) => {
        t.is(blobs.length, count)
        t.true(blobs.every(blob => Buffer.compare(blob.data, data) === 0))
      }
      await lone.size(small)
      for (const [count, call] of [
        [1, async () => same([await lone.echo(large)], large, 1)],
        [2, async () => same(await all(streamed.repeat(large)), large, 2)],
        [3, async () => same(await all(streamed.chat(thrice(large))), large, 3)],
      ] as const) {
        const { sent, received } = await meter.measure(call)
        t.true(sent < 5000 && received < 5000, `${count}: ${sent} sent, ${received} received`)
      }
      const { sent, received } = await meter.measure(async () => same([await lone.echo(small)], small, 1))
      t.true(sent > 900 && received > 900, `${sent} sent, ${received} received`)
      const random = await meter.measure(async () => same([await lone.echo(noise)], noise, 1))
      t.true(random.sent > 20_000 && random.received > 20_000)
      const streams = await meter.measure(async () => same(await all(streamed.repeat(noise)), noise, 2))
      t.true(streams.sent > 20_000 && streams.received > 40_000)
      await Promise.all([disconnect(lone), disconnect(streamed)])
      await close()
    })
  }

  test(`${protocol}: what a decorator says holds on both sides; a setting of the server wins`, async t => {
    const declared = await serveMetered()
    const lone = connect(Lone, `${protocol}://${declared.meter.address}?codec=proto`)
    const plain = await declared.meter.measure(() => lone.echo(large))
    t.true(plain.sent > 50_000 && plain.received > 50_000)
    const both = await declared.meter.measure(() => lone.declared(large))
    t.true(both.sent < 5000 && both.received < 5000)
    const aboveOwn = await declared.meter.measure(() => lone.declared(small))
    t.true(aboveOwn.sent < 900 && aboveOwn.received < 900)
    await disconnect(lone)
    await declared.close()

    const never = await serveMetered({ compression: false })
    const remote = connect(Lone, `${protocol}://${never.meter.address}?codec=proto`)
    const { sent, received } = await never.meter.measure(() => remote.declared(large))
    t.true(sent < 5000 && received > 50_000)
    await disconnect(remote)
    await never.close()
  })

  test(`${protocol}: decompression stops at the limit, on both sides`, async t => {
    const { meter, close } = await serveMetered({ compression: 'gzip', limits: { messageBytes: 1_000_000 } })
    const lone = connect(Lone, `${protocol}://${meter.address}?codec=proto&compression=gzip`, {
      limits: { messageBytes: 100_000 },
    })
    await lone.size(small)
    const sent = await outcome(lone.size({ data: new Uint8Array(1_500_000) }))
    t.is((sent.error as RpcError).code, Code.resource_exhausted)
    const { received } = await meter.measure(async () => {
      const { error } = await outcome(lone.zeros({ data: Buffer.from('500000') }))
      t.is((error as RpcError).code, Code.resource_exhausted)
    })
    t.true(received < 5000)
    t.is(Buffer.from((await lone.size(small)).data).toString(), '900')
    await disconnect(lone)
    await close()
  })
}

test('http: who does not take the encoding gets it plain, and an unknown one is refused with the list of those that are known', async t => {
  const { server, close } = await serveMetered({ compression: 'gzip' })
  const post = (headers: Record<string, string>) =>
    request(`http://${server.address}/test.Lone/Zeros`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ data: Buffer.from('5000').toString('base64') }),
    })
  for (const [accepted, encoding] of [
    ['gzip', 'gzip'],
    ['br, gzip;q=0.5', 'gzip'],
    ['br', undefined],
    ['gzip;q=0', undefined],
    ['identity', undefined],
    ['', undefined],
  ]) {
    const { statusCode, headers, body } = await post({ 'accept-encoding': accepted ?? '' })
    t.is(statusCode, 200)
    t.deepEqual([headers['content-encoding'], headers.vary], [encoding, 'accept-encoding'], accepted)
    const bytes = await body.bytes()
    t.true(encoding === undefined ? bytes.length > 5000 : bytes.length < 500)
  }
  const refused = await post({ 'content-encoding': 'snappy' })
  t.is(refused.statusCode, 501)
  t.regex(String(refused.headers['accept-encoding']), /^gzip, deflate, br/)
  t.regex(
    ((await refused.body.json()) as { message: string }).message,
    /"snappy" is not known; send one of identity, gzip/,
  )
  await close()
})

for (const protocol of ['http', 'grpc']) {
  test(`${protocol}: a reply from the server's cache is compressed like any other`, async t => {
    const { meter, close } = await serveMetered()
    const kept = connect(Kept, `${protocol}://${meter.address}?codec=proto`)
    for (let i = 0; i < 3; i++) {
      const { received } = await meter.measure(async () => t.is((await kept.look({})).data.length, 50_000))
      t.true(received < 5000, `${received} received`)
    }
    await disconnect(kept)
    await close()
  })
}

test('THeader: zlib for messages that are large and shrink', async t => {
  const { meter, close } = await serveMetered({ compression: 'gzip' })
  const target = `thrift://${meter.address}?transport=header`
  const zlib = connect(Lone, `${target}&compression=zlib`)
  const declared = connect(Lone, target, { policies: [compressed('gzip')] })
  for (const lone of [zlib, declared]) {
    t.deepEqual(Buffer.from((await lone.echo(large)).data), large.data)
    const { sent, received } = await meter.measure(() => lone.echo(large))
    t.true(sent < 5000 && received < 5000, `${sent} sent, ${received} received`)
    t.true((await meter.measure(() => lone.echo(small))).sent > 900)
    t.true((await meter.measure(() => lone.echo(noise))).sent > 20_000)
  }
  await Promise.all([disconnect(zlib), disconnect(declared)])
  await close()
})

test("Connect's own client gets and sends gzip", async t => {
  const server = await serve([HelloService], { host: '127.0.0.1', compression: 'gzip' })
  const meter = await Meter.before(server.port)
  const transport = createConnectTransport({
    baseUrl: `http://${meter.address}`,
    httpVersion: '1.1',
    sendCompression: compressionGzip,
    acceptCompression: [compressionGzip],
  })
  const hello = createClient(connectDescriptor(Hello), transport) as unknown as {
    sayHello(request: object): Promise<{ message: string }>
    fail(request: object): Promise<unknown>
  }
  const name = 'World'.repeat(5000)
  const { sent, received } = await meter.measure(async () => {
    t.is((await hello.sayHello({ name })).message, `Hello, ${name}!`)
  })
  t.true(sent < 5000 && received < 5000, `${sent} sent, ${received} received`)
  await meter.close()
  await server.close()
})

test("our client reads what Connect's own server compresses, its errors too", async t => {
  const service = new HelloService()
  const handler = connectNodeAdapter({
    compressMinBytes: 10,
    routes: router => {
      router.service(connectDescriptor(Hello), {
        sayHello: (request: unknown) => service.sayHello(request as never),
        fail: () => {
          throw new Error('x'.repeat(2000))
        },
      } as never)
    },
  })
  const server = createHttp1(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const meter = await Meter.before((server.address() as AddressInfo).port)
  const hello = connect(Hello, `http://${meter.address}?compression=gzip`)
  const name = 'World'.repeat(5000)
  const { sent, received } = await meter.measure(async () => {
    t.is((await hello.sayHello({ name, tags: [] })).message, `Hello, ${name}!`)
  })
  t.true(sent < 5000 && received < 5000, `${sent} sent, ${received} received`)
  t.is((await outcome(hello.fail('x')).then(({ error }) => error as RpcError)).code, Code.internal)
  await disconnect(hello)
  await meter.close()
  server.closeAllConnections()
  server.close()
})

test('start-up says what is wrong with a compression', t => {
  t.throws(() => compressed('snappy' as EncodingName), {
    message: /encoding must be an encoding of this version of Node \(gzip, deflate, br.*\), got 'snappy'/,
  })
  t.throws(() => compressed('gzip', { minBytes: -1 }), { message: /minBytes must be an integer of at least 0, got -1/ })
  for (const protocol of ['http', 'grpc'])
    t.throws(() => connect(Lone, `${protocol}://127.0.0.1:1?compression=snappy`), {
      message: /compression must be one of .*, got "snappy"/,
    })
  t.regex(String(explain(Lone)), /compressed\(gzip from 100 bytes\)/)
})
