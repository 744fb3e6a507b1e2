// Against python3-grpcio (gRPC's C core), h2load, nghttp, nghttpd and curl, as Debian has them.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import { Channelz } from '../../src/contracts/grpc/channelz/v1/channelz.js'
import { type Call, Code, connect, disconnect, RpcError, serve, withCall } from '../../src/index.js'
import { DivisionByZero, Hello, HelloService, type Tick } from '../fixtures/hello.js'
import { descriptorSet, grpcJsServer } from '../protocols/grpc/peers.js'
import { freePort } from '../support/free-port.js'

const run = promisify(execFile)
const python = '/usr/bin/python3'
const scripts = join(import.meta.dirname, '../../../test/interop/python')

async function withFile<T>(content: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-grpc-'))
  try {
    const path = join(folder, 'content')
    await writeFile(path, content)
    return await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function numbers(stream: AsyncIterable<Tick>): Promise<number[]> {
  const all: number[] = []
  for await (const { n } of stream) all.push(n)
  return all
}

async function* ticks(...all: number[]): AsyncGenerator<Tick> {
  for (const n of all) yield { n }
}

async function failure(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

test("Python's client", async t => {
  const service = new HelloService()
  const server = await serve([service])
  const results = await withFile(descriptorSet(Hello), async path => {
    const { stdout } = await run(python, [join(scripts, 'grpc_client.py'), server.address, path], { timeout: 60_000 })
    return JSON.parse(stdout) as object
  })
  t.deepEqual(results, {
    unary: 'Hello, World!',
    empty: 'Hello, !',
    watch: [1, 2, 3],
    add: 6,
    chat: [2, 4],
    gzip: 100_008,
    deflate: 100_008,
    large: 4 * 1024 * 1024 - 1 - 5 + 8,
    too_large: 'RESOURCE_EXHAUSTED',
    error: ['INVALID_ARGUMENT', 'cannot divide by zero'],
    details: true,
    metadata: ['a,b', 'first', [1, 2, 255], 'last'],
    deadline: 'DEADLINE_EXCEEDED',
    cancel: 'CANCELLED',
    cancel_stream: 'CANCELLED',
  })
  await server.close()
  // Deadline, cancelled call, cancelled stream, and the stream that ended by itself.
  t.is(service.stopped, 4)
})

const channelzProto = join(import.meta.dirname, '../../../node_modules/@grpc/grpc-js/proto/channelz.proto')

test("Python's client reads channelz", async t => {
  const server = await serve([HelloService], { host: '127.0.0.1', admin: true })
  t.teardown(() => server.close())
  const results = await withFile(descriptorSet(Channelz), async path => {
    const { stdout } = await run(python, [join(scripts, 'grpc_channelz.py'), server.address, path], { timeout: 60_000 })
    return JSON.parse(stdout) as object
  })
  t.deepEqual(results, {
    started: 1,
    sockets: 1,
    end: true,
    uncounted: 0,
    remote: [127, 0, 0, 1],
    windows: true,
    port: server.port,
    missing: 'NOT_FOUND',
  })
})

test('polywire call reads the channelz of grpc-js', async t => {
  const { address, close } = await grpcJsServer(grpcJs.getChannelzServiceDefinition(), {
    ...grpcJs.getChannelzHandlers(),
  })
  t.teardown(close)
  const main = join(import.meta.dirname, '../../src/cli/main.js')
  const method = ['grpc.channelz.v1.Channelz/GetServers', '{}', '--contract', channelzProto, '--json']
  const { stdout } = await run(process.execPath, [
    '--conditions=polywire-development',
    main,
    'call',
    `grpc://${address}`,
    ...method,
  ])
  t.regex(stdout, /"callsStarted": ?"1"/)
})

test("Python's server", async t => {
  await withFile(descriptorSet(Hello), async path => {
    const child = spawn(python, [join(scripts, 'grpc_server.py'), path], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    try {
      const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
      for (const query of ['', '?compression=gzip', '?compression=deflate']) {
        const hello = connect(Hello, `grpc://127.0.0.1:${port}${query}`)
        t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
        const name = `gzip${'ab'.repeat(50_000)}`
        t.is((await hello.sayHello({ name, tags: [] })).message, `Hello, ${name}!`)
        const large = 'x'.repeat(4 * 1024 * 1024 - 30)
        t.is((await hello.sayHello({ name: large, tags: [] })).message.length, large.length + 8)
        t.is((await hello.sayHello({ name: '', tags: [] })).message, 'Hello, !')
        t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
        t.is(await hello.add(ticks(1, 2, 3)), 6)
        t.deepEqual(await numbers(hello.chat(ticks(1, 2))), [2, 4])
        const error = await failure(hello.divide(7, 0))
        t.true(error instanceof DivisionByZero)
        t.is((error as DivisionByZero).dividend, 7)
        t.is(error.message, 'no zeros, please \u00fc')
        t.is((await failure(withCall(hello, { timeout: '100ms' }).hang())).code, Code.deadline_exceeded)
        for await (const { n } of hello.watch(-1)) if (n === 10) break
        let ended: Call | undefined
        const remote = withCall(hello, {
          headers: { 'x-in': ['a', 'b'] },
          onEnd: call => {
            ended = call
          },
        })
        t.is((await remote.headers({ name: '', tags: [] })).message, 'a,b')
        t.is(ended?.replyHeaders.get('x-head'), 'first')
        t.deepEqual([...(ended?.replyHeaders.get('x-bytes-bin') ?? [])], [1, 2, 255])
        t.is(ended?.replyTrailers.get('x-tail'), 'last')
        await disconnect(hello)
      }
    } finally {
      child.stdin.end()
      await exited
    }
  })
})

test('h2load: every request of many connections is answered', async t => {
  const server = await serve([HelloService])
  await withFile(Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x41]), async path => {
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const target = `http://${server.address}/hello.Hello/SayHello`
    const { stdout } = await run('h2load', ['-c', '20', '-m', '50', '-n', '20000', '-d', path, ...headers, target])
    t.regex(stdout, /20000 succeeded, 0 failed, 0 errored/)
  })
  t.pass()
  await server.close()
})

test('nghttp and curl speak HTTP/2 to the same port', async t => {
  const server = await serve([HelloService])
  const url = `http://${server.address}/hello.Hello/SayHello`
  const json = ['-H', 'content-type: application/json']
  const { stdout: byCurl } = await run('curl', ['-s', '--http2-prior-knowledge', ...json, '-d', '{"name":"curl"}', url])
  t.is(byCurl, '{"message":"Hello, curl!"}')
  const { stdout: byHttp1 } = await run('curl', ['-s', '--http1.1', ...json, '-d', '{"name":"curl"}', url])
  t.is(byHttp1, '{"message":"Hello, curl!"}')
  await withFile(Buffer.from('{"name":"nghttp"}'), async path => {
    const { stdout } = await run('nghttp', ['--data', path, ...json, url])
    t.is(stdout.trim(), '{"message":"Hello, nghttp!"}')
  })
  const { stdout: missing } = await run('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '--http2-prior-knowledge',
    `http://${server.address}/x`,
  ])
  t.is(missing, '404')
  await server.close()
})

test('nghttpd, which is no gRPC server, is told from one', async t => {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'polywire-grpc-'))
  const child = spawn('nghttpd', ['--no-tls', '-a', '127.0.0.1', '-d', folder, String(port)], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const hello = connect(Hello, `grpc://127.0.0.1:${port}`)
  try {
    let error = await failure(hello.ping())
    for (let i = 0; error.delivery === 'unsent' && i < 50; i++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      error = await failure(hello.ping())
    }
    t.is(error.code, Code.unimplemented)
    t.regex(error.message, /HTTP status 404/)
  } finally {
    await disconnect(hello)
    child.kill()
    await exited
    await rm(folder, { recursive: true })
  }
})
