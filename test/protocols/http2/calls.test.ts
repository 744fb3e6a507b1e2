import { createServer } from 'node:tls'
import test from 'ava'
import { type Call, connect, disconnect, RpcError, serve, type Target } from '../../../src/index.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
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
  // A slow machine tries the endpoint twice, and the error then tells of both.
  const { reason, cause } = error as RpcError
  t.is(reason === 'all_endpoints_failed' ? (cause as RpcError).reason : reason, 'connect_failed')
})

test('the version is 1.1, 2 or websocket', t => {
  const error = t.throws(() => connect(Hello, 'http://127.0.0.1?version=3'), { instanceOf: RpcError })
  t.is(error.reason, 'invalid_target')
  t.is(error.message, 'target: version is "3"; write 1.1, 2 or websocket')
})
