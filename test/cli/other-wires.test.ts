import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { serve } from '../../src/index.js'
import { Greeter } from '../fixtures/greeter.js'
import { polywire, type Ran, root } from './cli.js'

type Wire = 'grpc' | 'http' | 'thrift' | 'avro'

const contract = ['-c', join(root, 'build/test/fixtures/greeter.js')]
const patience = ['--connect-timeout', '100s', '--timeout', '100s']

async function listening(t: ExecutionContext, server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket.on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server of one wire. */
async function speaking(t: ExecutionContext, wire: Wire): Promise<string> {
  const server = await serve([Greeter], { port: 0, host: '127.0.0.1', protocols: [wire], report: () => {} })
  t.teardown(() => server.close())
  return `127.0.0.1:${server.port}`
}

/** @param limits give a slow machine time; a server that never answers is waited for as long */
function call(target: string, limits: readonly string[] = patience): Promise<Ran> {
  return polywire(['call', target, 'Greet', 'name=x', ...contract, ...limits])
}

/** The first line, and the target of the line to paste. */
function said({ err }: Ran): string[] {
  const [first = '', second = ''] = err.split('\n')
  return [first, / call '?(\S+?)'? Greet /.exec(second)?.[1] ?? second]
}

const wires: readonly (readonly [Wire, name: string])[] = [
  ['grpc', 'HTTP/2'],
  ['http', 'HTTP/1.1'],
  ['thrift', 'Thrift'],
  ['avro', 'Avro'],
]
const schemes = { grpc: 'gRPC', http: 'HTTP/1.1', http2: 'HTTP/2', ws: 'WebSocket', thrift: 'Thrift', avro: 'Avro' }

for (const [wire, name] of wires)
  test(`a server of ${wire} says by every other scheme which one it has`, async t => {
    const at = await speaking(t, wire)
    for (const [scheme, title] of Object.entries(schemes)) {
      const ran = await call(`${scheme}://${at}`)
      // A server of HTTP speaks HTTP/2 too, and WebSocket begins in HTTP/1.1. gRPC needs more than HTTP/2.
      if (scheme === wire || (wire === 'http' && (scheme === 'ws' || scheme === 'http2')))
        t.is(ran.out, '{"value":"Hello, x!"}\n', ran.err)
      else if (wire === 'grpc' && scheme === 'http2') t.is(ran.code, 76)
      else {
        const isBoth = wire === 'http' && scheme === 'grpc'
        const [instead, words] = isBoth ? ['http2', 'HTTP/2'] : [wire, name]
        t.deepEqual(said(ran), [`unavailable: ${at} speaks ${words}, not ${title}`, `${instead}://${at}`])
        t.is(ran.code, 78)
      }
    }
  })

test('a server of HTTP/1.1 or HTTP/2 alone, and no gRPC, is told from one of gRPC', async t => {
  const greeting = (_: unknown, response: ServerResponse | Http2ServerResponse) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"value":"Hello!"}')
  }
  const alone = {
    http: { at: await listening(t, createHttpServer(greeting)), words: 'HTTP/1.1, and gRPC needs HTTP/2' },
    http2: { at: await listening(t, createHttp2Server(greeting)), words: 'HTTP/2, not gRPC' },
  }
  for (const [scheme, { at, words }] of Object.entries(alone)) {
    t.deepEqual(said(await call(`grpc://${at}`)), [`unavailable: ${at} speaks ${words}`, `${scheme}://${at}`])
    for (const target of [at, `${scheme}://${at}`]) {
      const ran = await call(target)
      t.is(ran.out, '{"value":"Hello!"}\n', ran.err)
    }
  }
  t.deepEqual(said(await call(`http://${alone.http2.at}`)), [
    `unavailable: ${alone.http2.at} speaks HTTP/2, not HTTP/1.1`,
    `http2://${alone.http2.at}`,
  ])
})

test('a server without gRPC on a Unix socket is called over HTTP/2, also by the target that a mistake is told', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'wires-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const listeners = [{ path: join(folder, 'greeter.sock') }]
  const server = await serve([Greeter], { protocols: ['http'], listeners, report: () => {} })
  t.teardown(() => server.close())
  const [, instead = ''] = said(await call(`grpc+${server.address}`))
  t.is(instead, `http2+${server.address}`)
  for (const target of [instead, server.address]) t.is((await call(target)).out, '{"value":"Hello, x!"}\n')
  const { err } = await polywire(['call', server.address, 'fail', 'how=not_found', ...contract, ...patience])
  t.regex(err, / at http2\+unix:/)
})

test('a gateway that answers for a server of gRPC is not taken for a server without it', async t => {
  for (const [status, code] of [
    [401, 'unauthenticated'],
    [502, 'unavailable'],
  ] as const) {
    const gateway = createHttp2Server((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>No</h1>')
    })
    const at = await listening(t, gateway)
    for (const target of [at, `grpc://${at}`]) {
      const { err } = await call(target)
      t.regex(err, new RegExp(`^${code}: .*HTTP status ${status}`))
      t.regex(err, new RegExp(` at grpc://${at}`))
    }
  }
})

test('a server of HTTP/2 that does not answer an unknown method is called by gRPC', async t => {
  const mute = createHttp2Server().on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => {})
    if (path !== '/greeter.Greeter/Greet') return
    stream.respond(
      { 'content-type': 'application/grpc', 'grpc-status': '9', 'grpc-message': 'heard' },
      { endStream: true },
    )
  })
  // Says something again and again.
  mute.on('session', session => {
    const timer = setInterval(() => session.destroyed || session.ping(() => {}), 50)
    session.on('error', () => {}).once('close', () => clearInterval(timer))
  })
  const at = await listening(t, mute)
  const quick = ['--connect-timeout', '1s']
  for (const target of [at, `grpc://${at}`]) t.regex((await call(target, quick)).err, /^failed_precondition: heard\n/)
  t.deepEqual(said(await call(`http://${at}`, quick)), [
    `unavailable: ${at} speaks HTTP/2, not HTTP/1.1`,
    `grpc://${at}`,
  ])
})

test('a bare address of gRPC or of HTTP is called by what answers there', async t => {
  for (const wire of ['grpc', 'http'] as const) {
    const ran = await call(await speaking(t, wire))
    t.is(ran.out, '{"value":"Hello, x!"}\n', ran.err)
  }
})

test('a server that speaks Avro or Thrift over HTTP alone says so', async t => {
  for (const [wire, name, type] of [
    ['avro', 'Avro over HTTP', 'avro/binary'],
    ['thrift', 'Thrift over HTTP', 'application/x-thrift'],
  ] as const) {
    const http = createHttpServer((request, response) => {
      request.resume().once('end', () => response.setHeader('content-type', type).end('\0\0\0\0'))
    })
    const at = await listening(t, http)
    const target = `${wire}://${at}?transport=http`
    for (const scheme of ['grpc', 'http', 'thrift', 'avro'])
      t.deepEqual(said(await call(`${scheme}://${at}`)), [
        scheme === wire
          ? `unavailable: ${at} speaks ${name}, in another manner than the target says`
          : `unavailable: ${at} speaks ${name}, not ${schemes[scheme as 'grpc']}`,
        target,
      ])
  }
})

/** Thrift in the old binary protocol without frames: what is no call of it is the length of a name, which is waited for. */
function unframedThrift(): Server {
  return createServer(socket => {
    let head = Buffer.alloc(0)
    socket.on('data', chunk => {
      head = Buffer.concat([head, chunk])
      if (head.length < 12 || head[0] !== 0x80) return
      const length = head.readInt32BE(4)
      if (head.length < 12 + length) return
      const name = head.subarray(4, 12 + length)
      socket.end(Buffer.concat([Buffer.from([0x80, 1, 0, 3]), name, Buffer.from([8, 0, 2, 0, 0, 0, 1, 0])]))
    })
  })
}

test('a server that waits for what never comes is not waited for until the deadline', async t => {
  const at = await listening(t, unframedThrift())
  const target = `thrift://${at}?transport=buffered`
  const began = performance.now()
  t.deepEqual(said(await call(`http://${at}`, ['--timeout', '100s'])), [
    `unavailable: ${at} speaks Thrift, not HTTP/1.1`,
    target,
  ])
  t.true(performance.now() - began < 60_000)
  t.deepEqual(said(await call(`thrift://${at}`, ['--timeout', '100s'])), [
    `unavailable: ${at} speaks Thrift, in another manner than the target says`,
    target,
  ])
})

test('a server that says nothing at all is told from one that is slow', async t => {
  const at = await listening(t, createServer())
  const limits = ['--connect-timeout', '300ms', '--timeout', '100s']
  const { code, err } = await polywire(['call', `grpc://${at}`, 'Greet', ...contract, ...limits])
  t.deepEqual([code, err], [78, `unavailable: ${at} accepted the connection and says nothing\n`])
})

test('the first words of a server that speaks none of the wires are shown', async t => {
  const at = await listening(
    t,
    createServer(socket => socket.write('SSH-2.0-OpenSSH_9\r\n')),
  )
  for (const [scheme, title] of Object.entries({ grpc: 'gRPC', http: 'HTTP/1.1', thrift: 'Thrift' }))
    t.deepEqual(said(await call(`${scheme}://${at}`)), [
      `unavailable: ${at} does not speak ${title}; it says "SSH-2.0-OpenSSH_9"`,
      '',
    ])
})
