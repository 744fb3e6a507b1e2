import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { LimitOptions } from '../../src/core/limits.js'
import { connect, disconnect, Method, RpcError, Safe, Service, serve, string } from '../../src/index.js'
import { peerKey } from '../../src/server/peer-share.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { framed, message } from '../protocols/thrift/raw.js'
import { gone, openSocket } from '../support/raw-clients.js'

@Service('many.Port')
class Port {
  @Method(string) @Safe() async ping(): Promise<string> {
    return 'pong'
  }

  @Method(string) @Safe() async slow(): Promise<string> {
    await sleep(300)
    return 'done'
  }
}

async function served(limits: LimitOptions, options: Parameters<typeof serve>[1] = {}) {
  const reports: unknown[] = []
  const server = await serve([Port], {
    host: '127.0.0.1',
    limits,
    report: error => reports.push(error),
    ...options,
  })
  return { server, reports }
}

function openMany(port: number, count: number, first = ''): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = await openSocket(port)
      if (first !== '') socket.write(first, 'latin1')
      return socket
    }),
  )
}

async function ping(target: Parameters<typeof connect>[1]): Promise<string> {
  const port = connect(Port, target)
  try {
    return await port.ping()
  } finally {
    await disconnect(port)
  }
}

const halves = {
  nothing: '',
  'the beginning of an HTTP request': 'POST /many.Port/Ping HTTP/1.1\r\nhost: x\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  'the beginning of a Thrift frame': framed(message({ name: 'Ping' }))
    .subarray(0, 15)
    .toString('latin1'),
}

for (const [what, first] of Object.entries(halves)) {
  test(`where the limit is reached, connections that have said ${what} go first, the oldest before the others`, async t => {
    const { server, reports } = await served({ connections: 20 })
    const silent: Socket[] = []
    for (let count = 0; count < 20; count++) {
      silent.push(...(await openMany(server.port, 1, first)))
      await sleep(1)
    }
    for (const protocol of ['http', 'grpc', 'thrift', 'avro'])
      t.is(await ping(`${protocol}://${server.address}`), 'pong', protocol)
    await gone(silent[0] as Socket)
    t.deepEqual(
      silent.slice(4).filter(socket => socket.readableEnded || socket.destroyed),
      [],
    )
    t.deepEqual(reports, [])
    for (const socket of silent) socket.destroy()
    await server.close()
  })
}

test('the same of TLS handshakes that do not go on', async t => {
  const { server } = await served({ connections: 5 }, { tls: certificate })
  const silent = await openMany(server.port, 5, '\x16\x03\x01\x02\0\x01')
  t.is(await ping({ protocol: 'grpc', endpoints: [server.address], tls: { ca: authority } }), 'pong')
  for (const socket of silent) socket.destroy()
  await server.close()
})

test('connections with a call are never in the way of a new one: it is refused, at once, and reported once', async t => {
  const { server, reports } = await served({ connections: 3 })
  const ports = Array.from({ length: 3 }, () => connect(Port, `thrift://${server.address}`))
  const calls = ports.map(port => port.slow())
  // They are on the server when it has answered something else on the same connections.
  await Promise.all(ports.map(port => port.ping()))
  for (let count = 0; count < 5; count++) await gone(await openSocket(server.port))
  t.deepEqual(await Promise.all(calls), ['done', 'done', 'done'])
  const [report, ...more] = reports as RpcError[]
  t.like(report, { reason: 'too_many_connections' })
  t.regex(report?.message ?? '', /limits\.connections \(3\)/)
  t.deepEqual(more, [])
  await Promise.all(ports.map(port => disconnect(port)))
  while ((await ping(`http://${server.address}`).catch(() => '')) !== 'pong') await sleep(5)
  await server.close()
  t.pass()
})

test('a peer address has no more than its share, and what ends makes room', async t => {
  const { server, reports } = await served({ connectionsPerPeer: 4 })
  const [first, ...others] = await openMany(server.port, 4)
  await gone(await openSocket(server.port))
  t.like(reports, [{ reason: 'too_many_connections' }])
  t.regex((reports[0] as RpcError).message, /127\.0\.0\.1.*limits\.connectionsPerPeer \(4\)/)
  t.deepEqual(server.inspect().peers, { busiest: 4, peak: 4, most: 4, refused: 1 })
  first?.destroy()
  while ((await ping(`thrift://${server.address}`).catch(() => '')) !== 'pong') await sleep(5)
  for (const socket of others) socket.destroy()
  await server.close()
})

test('by default loopback has no share: a server takes as many connections as it may have', async t => {
  const { server, reports } = await served({ connections: 50 })
  const sockets = await openMany(server.port, 49)
  t.is(await ping(`http://${server.address}`), 'pong')
  t.deepEqual(reports, [])
  for (const socket of sockets) socket.destroy()
  await server.close()
})

test('addresses that are one peer', t => {
  t.is(peerKey('10.1.2.3'), '10.1.2.3')
  t.is(peerKey('::ffff:10.1.2.3'), '10.1.2.3')
  t.is(peerKey('::1'), '::1')
  t.is(peerKey('2001:db8:1:2:3:4:5:6'), peerKey('2001:db8:1:2::1'))
  t.is(peerKey('fe80::1%eth0'), peerKey('fe80::2'))
  t.not(peerKey('2001:db8:1:2::1'), peerKey('2001:db8:1:3::1'))
})
