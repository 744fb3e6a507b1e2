import { once } from 'node:events'
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { request } from 'undici'
import { encodings } from '../../src/codecs/compression.js'
import type { ActiveCall } from '../../src/core/active-call.js'
import type { OutgoingCompression } from '../../src/core/call.js'
import {
  type Call,
  Code,
  Compressed,
  Context,
  compressed,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  type RpcError,
  Service,
  serve,
  streamOf,
  string,
  use,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { deferred } from '../support/deferred.js'

const long = 'polywire '.repeat(1000)
const gzip = { encoding: encodings.get('gzip'), above: 0 } as OutgoingCompression

@Service('test.Replies')
class Replies {
  gate = deferred<void>()

  @Method(streamOf(string)) @Compressed() async *everyOther(@Context() call?: Call): AsyncIterable<string> {
    for (const compress of [false, true, false]) {
      if (call !== undefined) call.compressMessages = compress
      yield long
    }
  }

  @Method(streamOf(string)) async *chosenInside(@Context() call?: Call): AsyncIterable<string> {
    if (call !== undefined) Object.assign(call as ActiveCall, { compression: gzip })
    yield long
    yield long
  }

  @Method(streamOf(string)) async *chosenLate(@Context() call?: Call): AsyncIterable<string> {
    yield long
    if (call !== undefined) Object.assign(call as ActiveCall, { compression: gzip })
    yield long
  }

  @Method(streamOf(string)) async *early(@Context() call?: Call): AsyncIterable<string> {
    call?.replyHeaders.set('x-early', 'sent')
    call?.sendHeaders()
    call?.replyHeaders.set('x-late', 'never sent')
    call?.sendHeaders()
    await this.gate.promise
    yield 'done'
  }

  @Method(streamOf(string)) async *earlyThenBroken(@Context() call?: Call): AsyncIterable<string> {
    call?.sendHeaders()
    yield* []
    throw Object.assign(new Error('hidden'))
  }
}

@Service('test.LoneReplies')
class LoneReplies {
  @Method(string) async early(@Context() call?: Call): Promise<string> {
    call?.replyHeaders.set('x-early', 'sent')
    call?.sendHeaders()
    return 'done'
  }

  @Method(string) @Compressed() async plain(@Context() call?: Call): Promise<string> {
    if (call !== undefined) call.compressMessages = false
    return long
  }
}

@Message('test.Part')
class Part {
  @Field(1, string) text = ''
}

@Service('test.Requests')
class Requests {
  @Method({ accepts: streamOf(Part), returns: Part }) async take(_parts: AsyncIterable<Part>): Promise<Part> {
    return { text: '' }
  }
}

/** The flags of length-prefixed messages; gRPC and Connect have the same prefix. */
function flagsOf(body: Buffer): number[] {
  const flags: number[] = []
  for (let at = 0; at < body.length; at += 5 + body.readUInt32BE(at + 1)) flags.push(body[at] as number)
  return flags
}

async function overGrpc(address: string, path: string): Promise<{ encoding: unknown; flags: number[] }> {
  const session = http2.connect(`http://${address}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    'grpc-accept-encoding': 'gzip',
    te: 'trailers',
  })
  stream.end(Buffer.alloc(5))
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  session.close()
  return { encoding: headers['grpc-encoding'], flags: flagsOf(Buffer.concat(chunks)) }
}

async function overConnect(address: string, path: string): Promise<{ encoding: unknown; flags: number[] }> {
  const { headers, body } = await request(`http://${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/connect+proto', 'connect-accept-encoding': 'gzip' },
    body: Buffer.alloc(5),
  })
  const flags = flagsOf(Buffer.from(await body.arrayBuffer()))
  return { encoding: headers['connect-content-encoding'], flags: flags.slice(0, -1) }
}

for (const [wire, ask] of [
  ['gRPC', overGrpc],
  ['Connect', overConnect],
] as const) {
  test(`a handler chooses for each message whether it is compressed: ${wire}`, async t => {
    const server = await serve([new Replies()], { port: 0, host: '127.0.0.1' })
    t.teardown(() => server.close())
    const address = `127.0.0.1:${server.port}`
    t.deepEqual(await ask(address, '/test.Replies/EveryOther'), { encoding: 'gzip', flags: [0, 1, 0] })
  })

  test(`compression that is chosen inside a streaming handler holds from its first message on: ${wire}`, async t => {
    const server = await serve([new Replies()], { port: 0, host: '127.0.0.1' })
    t.teardown(() => server.close())
    const address = `127.0.0.1:${server.port}`
    t.deepEqual(await ask(address, '/test.Replies/ChosenInside'), { encoding: 'gzip', flags: [1, 1] })
    // The headers have named no encoding.
    t.deepEqual(await ask(address, '/test.Replies/ChosenLate'), { encoding: undefined, flags: [0, 0] })
  })
}

test('a caller chooses for each message whether it is compressed', async t => {
  const server = http2.createServer()
  const body = deferred<Buffer>()
  server.on('stream', (stream, headers) => {
    t.is(headers['grpc-encoding'], 'gzip')
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      body.resolve(Buffer.concat(chunks))
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.alloc(5))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const target = `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`
  let call: Call | undefined
  const watching = use(
    next => one => {
      call = one
      return next(one)
    },
    { name: 'watching' },
  )
  const remote = connect(Requests, target, { policies: [compressed(), watching] })
  async function* parts(): AsyncGenerator<Part> {
    for (const compress of [true, false, true]) {
      if (call !== undefined) call.compressMessages = compress
      yield { text: long }
    }
  }
  await remote.take(parts())
  t.deepEqual(flagsOf(await body.promise), [1, 0, 1])
  await disconnect(remote)
})

for (const protocol of ['grpc', 'memory']) {
  test(`reply headers can be sent before the first message: ${protocol}`, async t => {
    const replies = new Replies()
    const memory = `replies-${protocol}`
    const server = await serve([replies], { port: 0, host: '127.0.0.1', memory, report: () => {} })
    t.teardown(() => server.close())
    const seen = deferred<[string | undefined, string | undefined]>()
    const watching = use(
      next => async call => {
        const reply = await next(call)
        seen.resolve([call.replyHeaders.get('x-early'), call.replyHeaders.get('x-late')])
        return reply
      },
      { name: 'watching' },
    )
    const target = protocol === 'memory' ? `memory://${memory}` : `${protocol}://127.0.0.1:${server.port}`
    const remote = connect(Replies, target, { policies: [watching] })
    const messages = remote.early()[Symbol.asyncIterator]()
    const first = messages.next()
    t.deepEqual(await seen.promise, ['sent', undefined])
    replies.gate.resolve()
    t.deepEqual(await first, { value: 'done', done: false })
    t.true((await messages.next()).done)
    const broken = outcome(remote.earlyThenBroken()[Symbol.asyncIterator]().next())
    t.is(((await broken).error as RpcError).code, Code.internal)
    await disconnect(remote)
  })
}

test('reply headers can be sent before the first message: Connect', async t => {
  const replies = new Replies()
  const server = await serve([replies], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const { headers, body } = await request(`http://127.0.0.1:${server.port}/test.Replies/Early`, {
    method: 'POST',
    headers: { 'content-type': 'application/connect+proto' },
    body: Buffer.alloc(5),
  })
  t.is(headers['x-early'], 'sent')
  t.is(headers['x-late'], undefined)
  replies.gate.resolve()
  t.deepEqual(flagsOf(Buffer.from(await body.arrayBuffer())), [0, 2])
})

for (const target of ['grpc', 'http', 'thrift', 'avro', 'memory']) {
  test(`a method that replies once may send its headers early too, where its protocol can: ${target}`, async t => {
    const memory = `lone-replies-${target}`
    const server = await serve([new LoneReplies()], { port: 0, host: '127.0.0.1', memory })
    t.teardown(() => server.close())
    const remote = connect(
      LoneReplies,
      target === 'memory' ? `memory://${memory}` : `${target}://127.0.0.1:${server.port}`,
    )
    t.is(await remote.early(), 'done')
    t.is(await remote.plain(), long)
    await disconnect(remote)
  })
}

test('the one reply of a method is sent as it is where its handler says so', async t => {
  const server = await serve([new LoneReplies()], { port: 0, host: '127.0.0.1' })
  t.teardown(() => server.close())
  const address = `127.0.0.1:${server.port}`
  t.deepEqual((await overGrpc(address, '/test.LoneReplies/Plain')).flags, [0])
  const { headers, body } = await request(`http://${address}/test.LoneReplies/Plain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
    body: '{}',
  })
  t.is(headers['content-encoding'], undefined)
  await body.dump()
})
