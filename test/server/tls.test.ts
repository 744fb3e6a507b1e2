import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectSocket, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import test from 'ava'
import { Agent, request } from 'undici'
import {
  type Call,
  Code,
  Context,
  connect,
  disconnect,
  Method,
  nothing,
  type PeerIdentity,
  RpcError,
  Safe,
  type ServerTls,
  Service,
  serve,
  string,
  type TlsOptions,
} from '../../src/index.js'
import { authority, server as certificate, orders, renewed, stranger } from '../fixtures/certificates.js'
import { HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

const report = () => {}
const here = { host: '127.0.0.1', report }

@Service('tls.Who')
class Who {
  identity: PeerIdentity | undefined

  @Method(string) @Safe() async are(@Context() call?: Call): Promise<string> {
    this.identity = call?.peer?.identity
    return this.identity?.commonName ?? 'nobody'
  }

  @Method(nothing) @Safe() async ping(): Promise<void> {}
}

function target(protocol: string, address: string, tls: TlsOptions = { ca: authority }) {
  return { protocol, endpoints: [address], tls }
}

async function ask(protocol: string, address: string, tls?: TlsOptions, options = {}): Promise<string> {
  const who = connect(Who, { ...target(protocol, address, tls), options })
  try {
    return await who.are()
  } finally {
    await disconnect(who)
  }
}

/** However it ends: `once` would reject where the peer resets it. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()))
}

const protocols = ['http', 'grpc', 'thrift', 'avro']

const overHttp = { transport: 'http' }
const wires = [
  ...protocols.map(protocol => [protocol, {}] as const),
  ['thrift', overHttp] as const,
  ['avro', overHttp] as const,
]

for (const [protocol, options] of wires) {
  test(`${[protocol, ...Object.values(options)].join(' over ')} over TLS and over mutual TLS`, async t => {
    const service = new Who()
    const server = await serve([service], {
      ...here,
      tls: { ...certificate, ca: authority, clientCertificate: 'optional' },
    })
    t.is(await ask(protocol, server.address, { ca: authority }, options), 'nobody')
    t.is(await ask(protocol, server.address, { ca: authority, ...orders }, options), 'orders')
    t.deepEqual(service.identity?.names, [
      'DNS:orders.example',
      'URI:spiffe://example/orders',
      'IP:10.0.0.1',
      'email:orders@example.com',
    ])
    t.is(service.identity?.subject, 'O=Example,CN=orders')
    t.regex(service.identity?.fingerprint ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    await server.close()
  })
}

test('a connection shows who its certificate names, and nobody without one', async t => {
  const tls = { ...certificate, ca: authority, clientCertificate: 'optional' as const }
  const server = await serve([Who], { ...here, tls })
  const remotes = [{ ca: authority, ...orders }, { ca: authority }].map(one =>
    connect(Who, { protocol: 'grpc', endpoints: [server.address], tls: one }),
  )
  for (const remote of remotes) await remote.ping()
  const names = server.connections().map(({ identity, secure }) => [identity, secure])
  t.deepEqual(names, [
    ['orders', true],
    [undefined, true],
  ])
  t.deepEqual(
    server.connections().map(({ identity }) => identity),
    ['orders', undefined],
    'and again',
  )
  await Promise.all(remotes.map(disconnect))
  await server.close()
})

for (const clientCertificate of ['optional', 'required'] as const) {
  test(`a client's certificate that another authority signed is refused where one is ${clientCertificate}`, async t => {
    const service = new Who()
    const server = await serve([service], { ...here, tls: { ...certificate, ca: authority, clientCertificate } })
    for (const protocol of protocols) {
      const { error } = await outcome(ask(protocol, server.address, { ca: authority, ...stranger }))
      t.is((error as RpcError).code, Code.unavailable, protocol)
    }
    t.is(service.identity, undefined)
    await server.close()
  })
}

test('without a certificate nobody is served where one is required', async t => {
  const server = await serve([Who], { ...here, tls: { ...certificate, ca: authority, clientCertificate: 'required' } })
  const { error } = await outcome(ask('grpc', server.address))
  t.is((error as RpcError).code, Code.unavailable)
  t.is(await ask('grpc', server.address, { ca: authority, ...orders }), 'orders')
  await server.close()
})

test('a server whose certificate the client does not know is not called', async t => {
  const server = await serve([Who], { ...here, tls: certificate })
  for (const protocol of protocols) {
    const error = (await outcome(ask(protocol, server.address, {}))).error as RpcError
    t.is(error.code, Code.unavailable, protocol)
    t.is(error.delivery, 'unsent')
  }
  await server.close()
})

test('where there is TLS, a connection without it is closed; with plain both are heard on one port', async t => {
  const secure = await serve([HelloService], { ...here, tls: certificate })
  const socket = connectSocket(secure.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  let answered = false
  socket.on('data', () => {
    answered = true
  })
  await closed(socket)
  t.false(answered)
  await secure.close()

  const both = await serve([Who], { ...here, tls: certificate, plain: true })
  for (const protocol of protocols) {
    const plain = connect(Who, `${protocol}://${both.address}`)
    t.is(await plain.are(), 'nobody')
    t.is(await ask(protocol, both.address), 'nobody')
    await disconnect(plain)
  }
  await both.close()
})

test('the name that a client asks for decides; without one the first bytes do', async t => {
  const server = await serve([HelloService], { ...here, tls: certificate })
  const offer = async (ALPNProtocols: string[]): Promise<TLSSocket> => {
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: authority, ALPNProtocols })
    await once(socket, 'secureConnect')
    return socket
  }
  const both = await offer(['http/1.1', 'h2'])
  t.is(both.alpnProtocol, 'h2')
  both.destroy()
  const bare = await offer([])
  t.is(bare.alpnProtocol, false)
  bare.write(
    'POST /hello.Hello/Ping HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  )
  const [reply] = (await once(bare, 'data')) as [Buffer]
  t.regex(reply.toString(), /^HTTP\/1\.1 200 /)
  bare.destroy()
  const { error } = await outcome(offer(['spdy/1']))
  t.truthy(error)
  await server.close()
})

test('TLS 1.1 is refused, and 1.2 where 1.3 is asked for', async t => {
  const server = await serve([Who], {
    report,
    listeners: [
      { host: '127.0.0.1', tls: certificate },
      { host: '127.0.0.1', tls: { ...certificate, minVersion: '1.3' } },
    ],
  })
  const [any = '', newest = ''] = server.addresses
  const version = (address: string, maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
    new Promise<string>((resolve, reject) => {
      const [host, port] = address.split(':')
      const ciphers = 'DEFAULT@SECLEVEL=0'
      const socket = connectTls({
        host: host ?? '',
        port: Number(port),
        ca: authority,
        ciphers,
        minVersion: 'TLSv1.1',
        maxVersion,
      })
      socket.once('secureConnect', () => {
        resolve(String(socket.getProtocol()))
        socket.destroy()
      })
      socket.once('error', reject)
    })
  await t.throwsAsync(version(any, 'TLSv1.1'))
  t.is(await version(any, 'TLSv1.2'), 'TLSv1.2')
  await t.throwsAsync(version(newest, 'TLSv1.2'))
  t.is(await version(newest, 'TLSv1.3'), 'TLSv1.3')
  await server.close()
})

test('setTls: new connections get the new certificate, old ones go on; what cannot be used changes nothing', async t => {
  const server = await serve([Who], { ...here, tls: certificate })
  const held = async (): Promise<string> => {
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: authority })
    await once(socket, 'secureConnect')
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return String(CN)
  }
  const who = connect(Who, target('grpc', server.address))
  await who.ping()
  t.is(await held(), 'localhost')
  server.setTls(renewed)
  t.is(await held(), 'renewed')
  await who.ping()
  t.throws(() => server.setTls({ cert: renewed.cert, key: certificate.key }), {
    message: /key, cert or ca cannot be used/,
  })
  t.is(await held(), 'renewed')
  server.setTls({ ...renewed, ca: authority, clientCertificate: 'required' }, server.address)
  t.is((await outcome(ask('grpc', server.address))).error instanceof RpcError, true)
  t.is(await ask('grpc', server.address, { ca: authority, ...orders }), 'orders')
  t.throws(() => server.setTls(renewed, '127.0.0.1:1'), { message: /no listener with TLS at 127.0.0.1:1/ })
  await disconnect(who)
  await server.close()
})

test('setTls with a certificate and a key alone still demands the certificates of clients', async t => {
  const server = await serve([Who], {
    ...here,
    tls: { ...certificate, ca: authority, clientCertificate: 'required', minVersion: '1.3' },
  })
  server.setTls(renewed)
  for (const protocol of ['grpc', 'http', 'thrift', 'avro']) {
    t.true((await outcome(ask(protocol, server.address))).error instanceof RpcError, protocol)
    t.is(await ask(protocol, server.address, { ca: authority, ...orders }), 'orders')
  }
  const old = connectTls({ port: server.port, host: '127.0.0.1', ca: authority, ...orders, maxVersion: 'TLSv1.2' })
  await t.throwsAsync(once(old, 'secureConnect'), { message: /alert protocol version/ })

  server.setTls({ ...renewed, clientCertificate: 'none' })
  t.is(await ask('grpc', server.address), 'nobody')
  await server.close()
})

test('start-up says what is wrong with TLS', async t => {
  const wrong: [ServerTls, RegExp][] = [
    [{ cert: certificate.cert, key: orders.key }, /the key belongs to another certificate/],
    [{ cert: 'nonsense', key: certificate.key }, /give the contents of PEM files/],
    [{ ...certificate, clientCertificate: 'required' }, /clientCertificate: 'required' needs ca/],
    [
      { ...certificate, clientCertificate: 'yes' as 'none' },
      /clientCertificate must be 'none' or 'optional' or 'required', got "yes"/,
    ],
    [{ ...certificate, minVersion: '1.1' as '1.2' }, /minVersion must be '1\.2' or '1\.3', got "1\.1"/],
    [{ ...certificate, minVersion: 1.2 as never }, /minVersion must be '1\.2' or '1\.3', got 1\.2/],
  ]
  for (const [tls, message] of wrong) {
    const error = await t.throwsAsync(serve([Who], { ...here, tls }), { instanceOf: RpcError, message })
    t.is((error as RpcError).reason, 'invalid_tls')
  }
  const plain = await serve([Who], here)
  t.throws(() => plain.setTls(certificate), { message: /no listener with TLS/ })
  await plain.close()
})

test('a handshake that stalls is closed within the limit, and harms nobody', async t => {
  const server = await serve([Who], { ...here, tls: certificate, limits: { handshakeTimeout: 1500 } })
  const stalled = [[], [0x16], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]].map(async bytes => {
    const socket = connectSocket(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(Buffer.from(bytes))
    socket.resume()
    await closed(socket)
  })
  const silent = connectTls({ port: server.port, host: '127.0.0.1', ca: authority })
  silent.on('error', () => {})
  silent.resume()
  await Promise.all([...stalled, closed(silent)])
  t.is(await ask('grpc', server.address), 'nobody')
  await server.close()
})

test('Connect over HTTP/2 names the caller too', async t => {
  const service = new Who()
  const tls = { ...certificate, ca: authority, clientCertificate: 'required' } as const
  const server = await serve([service], { ...here, tls })
  const session = connectHttp2(`https://${server.address}`, { ca: authority, ...orders })
  const stream = session.request({ ':method': 'POST', ':path': '/tls.Who/Are', 'content-type': 'application/json' })
  stream.end('{}')
  const [body] = (await once(stream, 'data')) as [Buffer]
  t.regex(body.toString(), /orders/)
  t.is(session.alpnProtocol, 'h2')
  t.is(service.identity?.commonName, 'orders')
  session.destroy()
  await server.close()
})

test('curl-like clients get HTTP/1.1 over TLS', async t => {
  const server = await serve([HelloService], { ...here, tls: certificate })
  const dispatcher = new Agent({ connect: { ca: authority } })
  const { statusCode, body } = await request(`https://${server.address}/hello.Hello/SayHello`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"TLS"}',
    dispatcher,
  })
  t.is(statusCode, 200)
  t.deepEqual(await body.json(), { message: 'Hello, TLS!' })
  await dispatcher.close()
  await server.close()
})
