import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { connect, disconnect, Method, RpcError, Safe, Service, serve, string } from '../../src/index.js'
import { thrift } from '../../src/protocols/thrift/protocol.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { outcome } from '../support/calls.js'

const report = () => {}
const here = { host: '127.0.0.1', report }
const protocols = ['http', 'grpc', 'thrift', 'avro']

/** However it ends: `once` would reject where the peer resets it. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()))
}

@Service('one.Port')
class Port {
  @Method(string) @Safe() async ping(): Promise<string> {
    return 'pong'
  }
}

async function ping(target: Parameters<typeof connect>[1]): Promise<string> {
  // Bytes that come one at a time take their time on a busy machine.
  const port = connect(Port, target, { connectTimeout: '30s' })
  try {
    return await port.ping()
  } finally {
    await disconnect(port)
  }
}

/** For the server, for the same reason. */
const patient = { handshakeTimeout: 60_000 }

/** Between a client and the server: hands on what the client sends one byte at a time. */
async function trickle(port: number): Promise<{ readonly address: string; close(): Promise<void> }> {
  const middle = createServer(client => {
    const server = connectSocket({ port, host: '127.0.0.1', noDelay: true })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
    server.pipe(client)
    client.on('data', chunk => {
      client.pause()
      const bytes = [...chunk]
      const next = () => {
        const byte = bytes.shift()
        if (byte === undefined) client.resume()
        else server.write(Buffer.from([byte]), () => setImmediate(next))
      }
      next()
    })
    client.on('close', () => server.destroy())
  })
  middle.listen(0, '127.0.0.1')
  await once(middle, 'listening')
  const { port: at } = middle.address() as { port: number }
  return { address: `127.0.0.1:${at}`, close: () => new Promise(resolve => middle.close(() => resolve())) }
}

for (const [protocol, query] of [
  ['http', ''],
  ['grpc', ''],
  ['thrift', ''],
  ['thrift', '?transport=buffered'],
  ['thrift', '?transport=header'],
  ['thrift', '?codec=compact'],
  ['thrift', '?transport=http'],
  ['avro', ''],
  ['avro', '?transport=framed'],
  ['avro', '?transport=http'],
] as const) {
  test(`${protocol}${query} is told from the others when its bytes come one at a time`, async t => {
    const server = await serve([Port], { ...here, limits: patient })
    const slow = await trickle(server.port)
    t.is(await ping(`${protocol}://${slow.address}${query}`), 'pong')
    await slow.close()
    await server.close()
  })
}

test('TLS is told from the rest when its bytes come one at a time', async t => {
  const server = await serve([Port], { ...here, tls: certificate, plain: true, limits: patient })
  const slow = await trickle(server.port)
  t.is(await ping({ protocol: 'grpc', endpoints: [slow.address], tls: { ca: authority } }), 'pong')
  t.is(await ping(`grpc://${slow.address}`), 'pong')
  await slow.close()
  await server.close()
})

test('a byte salad is closed within the handshake limit, and the next call works', async t => {
  const server = await serve([Port], { ...here, limits: { handshakeTimeout: 60, bodyTimeout: 60, idleTimeout: 60 } })
  const salad = async (bytes: Uint8Array) => {
    const socket = connectSocket(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(bytes)
    await closed(socket)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 64 }),
        // What begins like a protocol and goes on like none.
        fc
          .tuple(
            fc.constantFrom(
              'PRI * HTTP/2.0\r\n',
              'POST ',
              'GET / HTTP/1.1\r\n',
              '\0\0\0\x20',
              '\x16\x03\x01',
              '\x80\x01\0\x01',
            ),
            fc.uint8Array({ maxLength: 64 }),
          )
          .map(([head, tail]) => Buffer.concat([Buffer.from(head, 'latin1'), tail])),
      ),
      salad,
    ),
    { numRuns: 60 },
  )
  for (const protocol of protocols) t.is(await ping(`${protocol}://${server.address}`), 'pong')
  await server.close()
})

test('an Avro frame whose checksum begins with a letter is not taken for a method name of Thrift', t => {
  const head = Buffer.concat([Buffer.from([0, 0, 0, 60]), Buffer.from('Az'), randomBytes(58)])
  head[6] = 0x80
  t.false(thrift.detect(head))
  const name = Buffer.from('Ping')
  const old = Buffer.concat([Buffer.from([0, 0, 0, name.length]), name, Buffer.from([1])])
  t.true(thrift.detect(old))
  for (let length = 0; length < old.length; length++) t.is(thrift.detect(old.subarray(0, length)), undefined)
})

for (const protocol of protocols) {
  test(`${protocol} alone: silence and salad are closed within the handshake limit, who has spoken goes on`, async t => {
    const server = await serve([Port], { ...here, protocols: [protocol], limits: { handshakeTimeout: 500 } })
    const port = connect(Port, `${protocol}://${server.address}`)
    t.is(await port.ping(), 'pong')
    const open = (bytes: Uint8Array) => {
      const socket = connectSocket(server.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      if (bytes.length > 0) socket.write(bytes)
      return closed(socket)
    }
    await Promise.all([open(Buffer.alloc(0)), open(Buffer.alloc(64, 0xff)), open(Buffer.from('salad, and more of it'))])
    t.is(await port.ping(), 'pong')
    await disconnect(port)
    await server.close()
  })
}

test('a silent connection does not hold up close', async t => {
  const server = await serve([Port], here)
  const socket = connectSocket(server.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  await Promise.all([server.close(), closed(socket)])
  t.pass()
})

test('several listeners, each with its own protocols', async t => {
  const server = await serve([Port], {
    report,
    listeners: [
      { host: '127.0.0.1', protocols: ['grpc'] },
      { host: '127.0.0.1', protocols: ['http'], tls: certificate },
    ],
  })
  const [first = '', second = ''] = server.addresses
  t.is(server.address, first)
  t.is(await ping(`grpc://${first}`), 'pong')
  t.is(await ping({ protocol: 'https', endpoints: [second], tls: { ca: authority } }), 'pong')
  t.true((await outcome(ping(`http://${first}`))).error instanceof RpcError)
  t.true(
    (await outcome(ping({ protocol: 'grpcs', endpoints: [second], tls: { ca: authority } }))).error instanceof RpcError,
  )
  await server.close()
  t.deepEqual(server.addresses, [])
})

test('start-up says what is wrong with listeners, and leaves none open', async t => {
  const [taken, free] = [await serve([Port], here), await serve([Port], here)]
  await free.close()
  const cases: [Parameters<typeof serve>[1], RegExp][] = [
    [{ listeners: [{ protocols: ['grcp'] }] }, /no protocol "grcp"; it speaks .*grpc/],
    [{ listeners: [{ protocols: [] }] }, /a listener without protocols/],
    [{ port: 1, listeners: [{}] }, /listeners excludes port/],
    [{ tls: certificate, listeners: [{}] }, /listeners excludes tls/],
    [{ host: '127.0.0.1', path: '/tmp/x.sock' }, /path \/tmp\/x.sock excludes port and host/],
    [
      {
        listeners: [
          { host: '127.0.0.1', port: free.port || 1 },
          { host: '127.0.0.1', port: taken.port },
        ],
      },
      /EADDRINUSE|EACCES/,
    ],
  ]
  for (const [options, message] of cases) await t.throwsAsync(serve([Port], { ...options, report }), { message })
  const twice = serve([Port], { host: '127.0.0.1', listeners: [{}] })
  t.is((await outcome(twice).then(({ error }) => error as RpcError)).reason, 'invalid_listener')
  await taken.close()
})

test('a Unix socket: over every protocol, taken over from a server that crashed, not from one that lives', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'polywire-'))
  const path = join(directory, 'port.sock')
  const server = await serve([Port], { path, report })
  t.is(server.address, `unix:${path}`)
  for (const protocol of protocols) t.is(await ping({ protocol, endpoints: [server.address] }), 'pong')
  await t.throwsAsync(serve([Port], { path, report }), { message: /EADDRINUSE/ })
  t.is(await ping({ protocol: 'grpc', endpoints: [server.address] }), 'pong')
  await server.close()
  t.false(existsSync(path))

  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  t.true(existsSync(path))
  const next = await serve([Port], { path, report, tls: certificate })
  const tls = { ca: authority, serverName: 'localhost' }
  t.is(await ping({ protocol: 'grpc', endpoints: [next.address], tls }), 'pong')
  await next.close()
  rmSync(directory, { recursive: true })
})
