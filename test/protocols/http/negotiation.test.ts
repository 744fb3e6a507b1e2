// Which version of HTTP a client of Connect speaks over TLS.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { json } from '../../../src/codecs/json/codec.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import { type Call, connect, disconnect, serve, type Target } from '../../../src/index.js'
import { http } from '../../../src/protocols/http/protocol.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { runProgram } from '../../support/programs.js'

function secure(address: string, options: { version?: string } = {}): Target {
  return { protocol: 'https', endpoints: [address], options, tls: { ca: authority } }
}

class PortsSeen extends HelloService {
  readonly ports = new Set<string>()
  readonly peers = new Set<unknown>()

  override async headers(request: { name: string }, call?: Call) {
    this.ports.add(String(call?.peer?.address))
    this.peers.add(call?.peer)
    return { message: request.name }
  }
}

test('a polywire server chooses HTTP/2, and all calls share one connection', async t => {
  const service = new PortsSeen()
  const server = await serve([service], { host: '127.0.0.1', tls: certificate })
  const hello = connect(Hello, secure(server.address))
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
  await Promise.all(Array.from({ length: 10 }, () => hello.headers({ name: 'x', tags: [] })))
  t.is(service.ports.size, 1)
  // Observers keep what they know of a peer.
  t.is(service.peers.size, 1)
})

test('version=1.1 offers no HTTP/2 to a server that has it', async t => {
  const service = new PortsSeen()
  const server = await serve([service], { host: '127.0.0.1', tls: certificate })
  const hello = connect(Hello, secure(server.address, { version: '1.1' }))
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
  await Promise.all(Array.from({ length: 10 }, () => hello.headers({ name: 'x', tags: [] })))
  t.is(service.ports.size, 10)
})

/** Answers SayHello, and notes by which version it was asked. */
function answer(versions: Set<string>) {
  return (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void => {
    versions.add(request.httpVersion)
    request.resume()
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"message":"there"}')
    })
  }
}

const keys = { cert: certificate.cert, key: certificate.key }

const nodeServers = [
  ['2.0', (listener: ReturnType<typeof answer>) => createSecureServer(keys, listener)],
  ['1.1', (listener: ReturnType<typeof answer>) => createHttpsServer(keys, listener)],
] as const

for (const [version, make] of nodeServers) {
  test(`a TLS server of Node with HTTP/${version} alone is called so, every call of the first ones included`, async t => {
    const versions = new Set<string>()
    const server = make(answer(versions))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const target = secure(`127.0.0.1:${(server.address() as AddressInfo).port}`)
    const hello = connect(Hello, target, { connectTimeout: '30s' })
    t.teardown(async () => {
      await disconnect(hello)
      server.close()
    })
    const replies = await Promise.all(Array.from({ length: 20 }, () => hello.sayHello({ name: 'x', tags: [] })))
    t.true(replies.every(({ message }) => message === 'there'))
    t.deepEqual([...versions], [version])
  })
}

for (const [version, make] of nodeServers) {
  test(`a dial announces undici to the calls that wait for it if the server has chosen HTTP/1.1: HTTP/${version}`, async t => {
    const server = make(() => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const tls = { ca: authority }
    const settings = { codec: json, limits: defaultLimits, clock: systemClock, connectTimeout: 20_000, tls }
    const dialer = http.bind([serviceOf(Hello)], settings)
    const loaded: Promise<unknown>[] = []
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const link = await dialer.dial({ address }, new AbortController().signal, library => loaded.push(library))
    t.teardown(() => link.close())
    t.is(loaded.length, version === '1.1' ? 1 : 0)
    await Promise.all(loaded)
  })
}

test('undici is not loaded for a server that chooses HTTP/2', async t => {
  const server = await serve([HelloService], { host: '127.0.0.1', tls: certificate })
  t.teardown(() => server.close())
  const program = 'test/fixtures/programs/http-version.js'
  t.deepEqual(await runProgram(program, server.address), { code: 0, output: 'loaded: false\n' })
  t.deepEqual(await runProgram(program, server.address, '1.1'), { code: 0, output: 'loaded: true\n' })
})
