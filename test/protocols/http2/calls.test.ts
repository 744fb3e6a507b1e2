import { createServer } from 'node:tls'
import test from 'ava'
import { type Call, Code, connect, disconnect, RpcError, serve, type Target, withCall } from '../../../src/index.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { Interop, InteropService, Record } from '../../fixtures/interop.js'
import { outcome } from '../../support/calls.js'

class PortsSeen extends HelloService {
  readonly ports = new Set<string>()
  readonly agents = new Set<string | undefined>()

  override async headers(request: { name: string }, call?: Call) {
    this.ports.add(String(call?.peer?.address))
    this.agents.add(call?.headers.get('user-agent'))
    return { message: request.name }
  }
}

for (const [title, tls, target] of [
  ['h2c by the scheme', false, (address: string) => `http2://${address}`],
  ['h2c by a setting', false, (address: string) => `http://${address}?version=2`],
  [
    'TLS with ALPN',
    true,
    (address: string) => ({
      protocol: 'https',
      endpoints: [address],
      options: { version: '2' },
      tls: { ca: authority },
    }),
  ],
] as [string, boolean, (address: string) => Target][]) {
  test(`all calls share one connection: ${title}`, async t => {
    const service = new PortsSeen()
    const server = await serve([service], { host: '127.0.0.1', ...(tls && { tls: certificate }) })
    const hello = connect(Hello, target(server.address))
    t.teardown(async () => {
      await disconnect(hello)
      await server.close()
    })
    const names = Array.from({ length: 50 }, (_, n) => `n${n}`)
    const replies = await Promise.all(names.map(name => hello.headers({ name, tags: [] })))
    t.deepEqual(
      replies.map(({ message }) => message),
      names,
    )
    t.is(service.ports.size, 1)
    t.deepEqual([...service.agents], ['connect-node-polywire'])
  })
}

test('a TLS server without HTTP/2 cannot be called so', async t => {
  const { cert, key } = certificate
  const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, socket => socket.destroy())
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const tls = { ca: authority }
  const hello = connect(Hello, { protocol: 'https', endpoints: [`127.0.0.1:${port}`], options: { version: '2' }, tls })
  t.teardown(async () => {
    await disconnect(hello)
    server.close()
  })
  const { error } = await outcome(hello.ping())
  t.is((error as RpcError).reason, 'connect_failed')
})

test('the version is 1.1 or 2', t => {
  const error = t.throws(() => connect(Hello, 'http://127.0.0.1?version=3'), { instanceOf: RpcError })
  t.is(error.reason, 'invalid_target')
  t.is(error.message, 'target: version is "3"; write 1.1 or 2')
})

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

const filler = 'x'.repeat(50_000)

test('a stream that nobody reads stops its handler until somebody does', async t => {
  let made = 0
  class Endless extends InteropService {
    override async *count() {
      for (; made < 1000; made++) yield Record.of({ name: filler })
    }
  }
  const server = await serve([new Endless()], { host: '127.0.0.1' })
  const interop = connect(Interop, `http2://${server.address}`)
  t.teardown(async () => {
    await disconnect(interop)
    await server.close()
  })
  const stream = interop.count({ upTo: 0, fail: false })[Symbol.asyncIterator]()
  await stream.next()
  await settled(() => made)
  t.true(made < 1000, `${made} were made ahead`)
  let read = 1
  while (!(await stream.next()).done) read++
  t.is(read, 1000)
})

test('a stream of requests is taken no faster than its handler reads', async t => {
  let release: () => void = () => {}
  class Slow extends InteropService {
    override async sum(records: AsyncIterable<Record>) {
      await new Promise<void>(resolve => {
        release = resolve
      })
      return super.sum(records)
    }
  }
  const server = await serve([new Slow()], { host: '127.0.0.1' })
  const interop = connect(Interop, `http2://${server.address}`)
  t.teardown(async () => {
    await disconnect(interop)
    await server.close()
  })
  let sent = 0
  async function* many() {
    for (; sent < 1000; sent++) yield Record.of({ name: filler, total: 1n })
  }
  const sum = interop.sum(many())
  await settled(() => sent)
  t.true(sent < 1000, `${sent} were taken ahead`)
  release()
  t.like(await sum, { total: 1000n })
})

/** Resolves once a count that grows has stopped growing. */
async function settled(count: () => number): Promise<void> {
  for (let before = 0; before === 0 || before !== count(); ) {
    before = count()
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
