import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import anyTest, { type ExecutionContext } from 'ava'
import { certificate } from '../../samples/one-port/certificate.js'
import { errorInfo } from '../../src/core/error-detail.js'
import {
  Code,
  connect as connectTo,
  disconnect,
  Field,
  Message,
  Method,
  RpcError,
  type Server,
  Service,
  serve,
  streamOf,
  string,
  type Target,
  withCall,
} from '../../src/index.js'
import type { Class } from '../../src/schema/type.js'
import { Hello, HelloService, numbers, ticks } from '../fixtures/hello.js'
import { begun, polywire, root } from './cli.js'
import { folder } from './folder.js'

// Each starts servers and connections; all of them at once would starve each other.
const test = anyTest.serial

/** A client that a slow machine does not make give up. */
const connect = <T extends object>(service: Class<T>, target: Target) =>
  connectTo(service, target, { connectTimeout: '60s' })

let server: Server
let at: string
test.before(async () => {
  server = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {} })
  at = `127.0.0.1:${server.port}`
})
test.after.always(() => server.close())

interface Seen {
  readonly reason?: string
  readonly wire: string
  readonly method: string
  readonly code: string
  readonly message?: string
  readonly error?: unknown
  readonly requests: number
  readonly replies: number
  readonly headers: Readonly<Record<string, string>>
  readonly request?: unknown
  readonly reply?: unknown
}

const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]

/** A tap before a server, and its address. */
async function tapping(t: ExecutionContext, target: string, ...flags: string[]) {
  const tap = begun(['tap', '127.0.0.1:0', target, '--connect-timeout', '60s', '--timeout', '60s', ...flags])
  t.teardown(tap.interrupt)
  const [, address = ''] = /tap on (127\.0\.0\.1:\d+) for/.exec(await tap.printed(/; Ctrl-C ends it\n/)) ?? []
  /** The calls it has shown, once there are so many. */
  const calls = async (count: number) => {
    const text = await tap.printed(new RegExp(`(?:"polywire\\.tap/1"[\\s\\S]*){${count}}`))
    return text
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as Seen)
  }
  return { tap, address, calls }
}

const summary = ({ wire, method, code, requests, replies }: Seen) => `${wire} ${method} ${code} ${requests}>${replies}`

const wires = {
  grpc: ['grpc', 'hello.Hello/'],
  http: ['http', 'hello.Hello/'],
  http2: ['http', 'hello.Hello/'],
  ws: ['http', 'hello.Hello/'],
  'thrift?transport=framed': ['thrift', ''],
  'thrift?transport=header&codec=compact': ['thrift', ''],
  'thrift?transport=buffered': ['thrift', ''],
  'thrift?transport=http&codec=compact': ['thrift', ''],
  avro: ['avro', ''],
  'avro?transport=http': ['avro', ''],
} as const

for (const [scheme, [wire, service]] of Object.entries(wires))
  test(`tap shows calls over ${scheme}, and changes nothing`, async t => {
    const { tap, address, calls } = await tapping(t, at, '--json')
    const [name, query] = scheme.split('?')
    const hello = connect(Hello, `${name}://${address}${query === undefined ? '' : `?${query}`}`)
    t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
    await t.throwsAsync(hello.divide(1, 0), { message: 'cannot divide by zero' })
    await t.throwsAsync(hello.fail('not_found'))
    t.is(await hello.divide(6, 3), 2)
    const seen = await calls(4)
    t.deepEqual(
      seen.map(({ message }) => message),
      [undefined, 'cannot divide by zero', 'failed with not_found', undefined],
    )
    t.deepEqual(seen.map(summary), [
      `${wire} ${service}SayHello ok 1>1`,
      `${wire} ${service}Divide invalid_argument 1>${wire === 'grpc' ? 0 : 1}`,
      `${wire} ${service}Fail not_found 1>${wire === 'grpc' ? 0 : 1}`,
      `${wire} ${service}Divide ok 1>1`,
    ])
    await disconnect(hello)
    tap.interrupt()
    const { code, err } = await tap.ended
    t.is(code, 130)
    t.regex(err, /\n4 calls, 2 failed, \d connections?\n$/)
  })

for (const scheme of [...Object.keys(wires), 'http?codec=msgpack', 'grpc?codec=json&compression=gzip'])
  test(`tap -v has the messages of calls over ${scheme}`, async t => {
    const { address, calls } = await tapping(t, at, '--json', '-v', ...contract)
    const [name, query] = scheme.split('?')
    const hello = connect(Hello, `${name}://${address}${query === undefined ? '' : `?${query}`}`)
    t.teardown(() => disconnect(hello))
    const long = 'x'.repeat(2000)
    await hello.sayHello({ name: long, tags: ['a'] })
    await t.throwsAsync(hello.divide(1, 0))
    await hello.ping()
    const [greeting, division, ping] = await calls(3)
    t.like(greeting?.request, { name: long, tags: ['a'] })
    t.deepEqual(greeting?.reply, { message: `Hello, ${long}!` })
    t.deepEqual(division?.request, { dividend: 1, divisor: 0 })
    t.deepEqual(division?.error, { type: 'hello.DivisionByZero', value: { dividend: 1 } })
    t.is(division?.reply, undefined)
    t.deepEqual([ping?.method, ping?.request, ping?.reply], ['hello.Hello/Ping', {}, {}])
  })

test('messages are shown below a line, by the contract of reflection', async t => {
  const open = await serve([HelloService], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => open.close())
  const { tap, address } = await tapping(t, `grpc://127.0.0.1:${open.port}`, '-v')
  const hello = connect(Hello, `grpc://${address}`)
  await numbers(hello.watch(2))
  await tap.printed('2 B > 4 B')
  await disconnect(hello)
  tap.interrupt()
  const { out, err } = await tap.ended
  t.true(out.endsWith('\n  > {"upTo":2}\n  < {"n":1}\n  < {"n":2}\n'), out)
  t.regex(err, /\n1 call, 0 failed, 1 connection\n$/)
})

@Message('hello.Login')
class Login {
  @Field(1, string) name = ''
  @Field(2, string, { sensitive: true }) password = ''
}

@Service('hello.Logins')
class Logins {
  @Method({ accepts: Login, returns: Login }) async login(login: Login): Promise<Login> {
    return login
  }
}

test('sensitive fields are neither shown nor recorded, unless told', async t => {
  const open = await serve([Logins], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => open.close())
  for (const [flags, password] of [
    [[], '***'],
    [['--show-secrets'], 'geheim'],
  ] as const) {
    const { address, calls } = await tapping(
      t,
      `grpc://127.0.0.1:${open.port}`,
      '--json',
      '-v',
      '--only',
      'Login',
      ...flags,
    )
    const line = [
      'call',
      `grpc://${address}`,
      'Login',
      'name=a',
      'password=geheim',
      '--connect-timeout',
      '60s',
      ...flags,
    ]
    t.deepEqual(JSON.parse((await polywire(line)).out), { name: 'a', password })
    const [seen] = await calls(1)
    t.deepEqual(
      [seen?.request, seen?.reply],
      [
        { name: 'a', password },
        { name: 'a', password },
      ],
    )
  }
})

test('without a contract tap -v says why it has no messages', async t => {
  const { tap, calls, address } = await tapping(t, at, '--json', '-v')
  const hello = connect(Hello, `grpc://${address}`)
  t.teardown(() => disconnect(hello))
  await hello.ping()
  t.false('request' in ((await calls(1))[0] ?? {}))
  tap.interrupt()
  t.regex(
    (await tap.ended).err,
    /^warn: messages are not read without a contract; give --contract\. .* has reflection off[\s\S]*\n1 call, 0 failed, 1 connection\nunread: 2 frames, no contract\n$/,
  )
})

test('messages that do not fit the contract are counted', async t => {
  const { tap, calls, address } = await tapping(t, at, '--json', '-v', ...contract)
  const reply = await fetch(`http://${address}/hello.Hello/SayHello`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name": 5}',
  })
  t.is(reply.status, 400)
  const [seen] = await calls(1)
  t.deepEqual([seen?.code, seen?.request], ['invalid_argument', undefined])
  tap.interrupt()
  t.regex((await tap.ended).err, /\n1 call, 1 failed, 1 connection\nunread: 1 frame, not as the contract has them\n$/)
})

test('bench replays what tap --record wrote', async t => {
  const file = join(await folder(t), 'calls.jsonl')
  const { tap, address } = await tapping(t, at, '--record', file, ...contract)
  const hello = connect(Hello, `thrift://${address}`)
  const streams = connect(Hello, `grpc://${address}`)
  await hello.sayHello({ name: 'World', tags: [] })
  await withCall(hello, { headers: { authorization: 'Bearer x' } }).divide(6, 3)
  await streams.add(ticks(1, 2))
  await tap.printed(/(?:\d ms[\s\S]*){3}/)
  await Promise.all([disconnect(hello), disconnect(streams)])
  tap.interrupt()
  await tap.ended
  const text = await readFile(file, 'utf8')
  t.false(text.includes('Bearer'))
  const lines = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Seen)
  t.like(lines[2], { method: 'hello.Hello/Add', request: [{ n: 1 }, { n: 2 }], reply: { value: 3 } })
  const line = ['bench', `grpc://${at}`, `@${file}`, '--rate', '50', '--duration', '180ms', '--warmup', '0ms', '--json']
  const { out, err } = await polywire([...line, ...contract, '--connect-timeout', '60s'])
  const { steps } = JSON.parse(out) as { steps: { ok: number; methods: { method: string; calls: number }[] }[] }
  t.is(steps[0]?.ok, 9, err)
  t.deepEqual(steps[0]?.methods.map(({ method, calls }) => `${method} ${calls}`).sort(), [
    'hello.Hello/Add 3',
    'hello.Hello/Divide 3',
    'hello.Hello/SayHello 3',
  ])
  t.is((await polywire(['tap', '127.0.0.1:0', at, '--record', join(file, 'x')])).code, 2)
})

/** Files of a certificate, for flags. */
async function certificateFiles(t: ExecutionContext) {
  const path = await folder(t)
  const [cert, key] = [join(path, 'cert.pem'), join(path, 'key.pem')]
  await Promise.all([writeFile(cert, certificate.cert), writeFile(key, certificate.key)])
  return { cert, key }
}

test('with a certificate tap reads TLS, and speaks it to the target', async t => {
  const secure = await serve([HelloService], { port: 0, host: '127.0.0.1', tls: certificate, report: () => {} })
  t.teardown(() => secure.close())
  const { cert, key } = await certificateFiles(t)
  const flags = ['--cert', cert, '--key', key, '--cacert', cert, '--json']
  const { address, calls } = await tapping(t, `127.0.0.1:${secure.port}`, ...flags)
  const tls = { ca: certificate.cert, serverName: 'localhost' }
  for (const protocol of ['grpcs', 'https', 'thrifts', 'avros']) {
    const hello = connect(Hello, { protocol, endpoints: [address], tls })
    t.is((await hello.sayHello({ name: protocol, tags: [] })).message, `Hello, ${protocol}!`)
    await disconnect(hello)
  }
  const seen = await calls(4)
  t.deepEqual(
    seen.map(({ wire, code }) => `${wire} ${code}`),
    ['grpc ok', 'http ok', 'thrift ok', 'avro ok'],
  )
  const half = await polywire(['tap', '127.0.0.1:0', at, '--cert', cert])
  t.is(half.err, 'polywire: --cert needs the private key of the certificate, too: --key FILE\n')
  t.is(half.code, 2)
})

test('SSLKEYLOGFILE receives the keys of TLS on both sides of tap', async t => {
  const secure = await serve([HelloService], { port: 0, host: '127.0.0.1', tls: certificate, report: () => {} })
  t.teardown(() => secure.close())
  const { cert, key } = await certificateFiles(t)
  const keys = join(await folder(t), 'keys.txt')
  process.env.SSLKEYLOGFILE = keys
  t.teardown(() => delete process.env.SSLKEYLOGFILE)
  const flags = ['--cert', cert, '--key', key, '--cacert', cert, '--json']
  const { address, calls } = await tapping(t, `grpcs://127.0.0.1:${secure.port}`, ...flags)
  const tls = { ca: certificate.cert, serverName: 'localhost' }
  const hello = connect(Hello, { protocol: 'grpcs', endpoints: [address], tls })
  t.teardown(() => disconnect(hello))
  await hello.ping()
  await calls(1)
  const randoms = (await readFile(keys, 'utf8')).match(/(?<=^CLIENT_TRAFFIC_SECRET_0 )[\da-f]+/gm)
  t.is(new Set(randoms).size, 2)
})

test('tap listens without TLS for a target that speaks it, and the other way round', async t => {
  const secure = await serve([HelloService], { port: 0, host: '127.0.0.1', tls: certificate, report: () => {} })
  t.teardown(() => secure.close())
  const { cert, key } = await certificateFiles(t)
  const outward = await tapping(t, `grpcs://127.0.0.1:${secure.port}`, '--cacert', cert, '--json')
  const tls = { ca: certificate.cert, serverName: 'localhost' }
  for (const protocol of ['grpc', 'http', 'thrift']) {
    const hello = connect(Hello, `${protocol}://${outward.address}`)
    t.is((await hello.sayHello({ name: 'TLS', tags: [] })).message, 'Hello, TLS!')
    await disconnect(hello)
  }
  t.is((await outward.calls(3)).length, 3)
  const inward = await tapping(t, `grpc://${at}`, '--cert', cert, '--key', key, '--json')
  const hello = connect(Hello, { protocol: 'grpcs', endpoints: [inward.address], tls })
  t.teardown(() => disconnect(hello))
  await hello.ping()
  t.is((await inward.calls(1))[0]?.method, 'hello.Hello/Ping')
  const strange = await tapping(t, `grpcs://127.0.0.1:${secure.port}`, '--json')
  const refused = connect(Hello, `grpc://${strange.address}`)
  t.teardown(() => disconnect(refused))
  await t.throwsAsync(refused.ping())
  await strange.tap.printed(/warn: 127\.0\.0\.1:\d+ cannot be reached: .*self.signed/)
})

for (const scheme of ['grpc', 'http', 'http2', 'ws', 'http?compression=gzip'])
  test(`tap counts the messages of streams over ${scheme}, and their errors`, async t => {
    const { address, calls } = await tapping(t, at, '--json')
    const [name = '', query] = scheme.split('?')
    const wire = name === 'grpc' ? 'grpc' : 'http'
    const hello = connect(Hello, `${name}://${address}${query === undefined ? '' : `?${query}`}`)
    t.teardown(() => disconnect(hello))
    t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
    t.is(await hello.add(ticks(1, 2)), 3)
    const abort = new AbortController()
    const first = withCall(hello, { signal: abort.signal }).watch(-1)[Symbol.asyncIterator]().next()
    abort.abort()
    await t.throwsAsync(first)
    const seen = (await calls(2)).map(summary)
    t.deepEqual(seen.slice(0, 2), [`${wire} hello.Hello/Watch ok 1>3`, `${wire} hello.Hello/Add ok 2>1`])
  })

@Service('hello.Streams')
class Streams {
  @Method({ accepts: Login, returns: streamOf(Login) }) async *fail(login: Login): AsyncIterable<Login> {
    yield login
    throw new RpcError('half way', Code.aborted)
  }
}

for (const scheme of ['grpc', 'http', 'http2', 'ws'])
  test(`tap reads the error at the end of a stream over ${scheme}, compressed or not`, async t => {
    for (const minBytes of [0, 1_000_000]) {
      const open = await serve([Streams], {
        port: 0,
        host: '127.0.0.1',
        compression: { encoding: 'gzip', minBytes },
        report: () => {},
      })
      t.teardown(() => open.close())
      const { address, calls } = await tapping(t, `127.0.0.1:${open.port}`, '--json')
      const streams = connectTo(Streams, `${scheme}://${address}`, { connectTimeout: '60s' })
      t.teardown(() => disconnect(streams))
      await t.throwsAsync(async () => {
        for await (const _ of streams.fail(Object.assign(new Login(), { name: 'x'.repeat(100) })));
      })
      const [seen] = await calls(1)
      t.like(seen, { code: 'aborted', message: 'half way', replies: 1 })
    }
  })

@Service('hello.Refusals')
class Refusals {
  @Method({ accepts: Login, returns: Login }) async refuse(login: Login): Promise<Login> {
    if (login.name === 'lost') throw new RpcError('later', Code.unavailable)
    throw new RpcError('later', Code.resource_exhausted, { details: errorInfo('overloaded') })
  }
}

test('tap tells the reason that a server gives, on every wire', async t => {
  const open = await serve([Refusals], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => open.close())
  for (const scheme of Object.keys(wires)) {
    const { address, calls } = await tapping(t, `127.0.0.1:${open.port}`, '--json')
    const [name, query] = scheme.split('?')
    const refusals = connect(Refusals, `${name}://${address}${query === undefined ? '' : `?${query}`}`)
    t.teardown(() => disconnect(refusals))
    await t.throwsAsync(refusals.refuse(new Login()))
    await t.throwsAsync(refusals.refuse(Object.assign(new Login(), { name: 'lost' })))
    const seen = await calls(2)
    t.deepEqual(
      seen.map(({ code, reason }) => [code, reason]),
      [
        ['resource_exhausted', 'overloaded'],
        ['unavailable', undefined],
      ],
      scheme,
    )
  }
})

/** A message behind its flag and length. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

test('tap reads the trailers of gRPC-Web, in bytes and in base64', async t => {
  const { address, calls } = await tapping(t, at, '--json', '-v', ...contract)
  const dividend = Buffer.alloc(9)
  dividend[0] = 9
  dividend.writeDoubleLE(7, 1)
  for (const [type, method, message] of [
    ['grpc-web+proto', 'Divide', dividend],
    ['grpc-web-text+proto', 'Divide', dividend],
    ['grpc-web-text+proto', 'Ping', Buffer.alloc(0)],
    ['grpc-web+proto', 'Nothing', Buffer.alloc(0)],
  ] as const) {
    const body = type.includes('text') ? frame(message).toString('base64') : frame(message)
    const headers = { 'content-type': `application/${type}` }
    await (await fetch(`http://${address}/hello.Hello/${method}`, { method: 'POST', headers, body })).arrayBuffer()
  }
  const seen = await calls(4)
  const error = { type: 'hello.DivisionByZero', value: { dividend: 7 } }
  for (const one of seen.slice(0, 2))
    t.like(one, { wire: 'grpc', code: 'invalid_argument', message: 'cannot divide by zero', replies: 0, error })
  t.deepEqual(
    seen.slice(0, 2).map(({ request }) => request),
    [
      { dividend: 7, divisor: 0 },
      { dividend: 7, divisor: 0 },
    ],
  )
  t.like(seen[2], { code: 'ok', replies: 1, reply: {} })
  t.is(seen[3]?.code, 'unimplemented')
})

test('without --json a call is a line: tabs in a pipe, columns and colours on a terminal', async t => {
  for (const [columns, line] of [
    [
      undefined,
      /^\d\d:\d\d:\d\d\.\d{3}\tgrpc\thello\.Hello\/Watch\tok, 3 replies\t[\d.]+ ms\t2 B > 6 B\n(?: {4}.*\n)* {4}user-agent: .+\n/,
    ],
    [80, /^\d\d:\d\d:\d\d\.\d{3} {2}grpc {4}hello\.Hello\/Watch {9}<ok, 3 replies> +\d+\.\d ms {5}2 B > 6 B\n/],
  ] as const) {
    const tap = begun(['tap', '127.0.0.1:0', at, '-v'], columns === undefined ? {} : { columns })
    t.teardown(tap.interrupt)
    const [, address] = /tap on (127\.0\.0\.1:\d+) for/.exec(await tap.printed('Ctrl-C ends it')) ?? []
    const hello = connect(Hello, `grpc://${address}`)
    await numbers(hello.watch(3))
    await tap.printed('2 B > 6 B')
    await disconnect(hello)
    tap.interrupt()
    const { out } = await tap.ended
    t.regex(out.replace('\u001b[32m', '<').replace('\u001b[0m', '>'), line)
  }
})

test('tap stands before a target of http2, which it shows as HTTP', async t => {
  const { address, calls } = await tapping(t, `http2://${at}`, '--json')
  const hello = connect(Hello, `http2://${address}`)
  t.teardown(() => disconnect(hello))
  t.is(await hello.ping(), undefined)
  t.like((await calls(1))[0], { wire: 'http', method: 'hello.Hello/Ping', code: 'ok' })
})

test('a contract tells the services of bare names', async t => {
  const { address, calls } = await tapping(t, at, '--json', ...contract)
  const hello = connect(Hello, `thrift://${address}`)
  t.teardown(() => disconnect(hello))
  await hello.ping()
  t.is((await calls(1))[0]?.method, 'hello.Hello/Ping')
})

test('tap filters by method, failure and time, and hides secrets', async t => {
  const { address, calls } = await tapping(t, at, '--json', '--only', 'Hello/*', '--failed')
  const hello = connect(Hello, `grpc://${address}`)
  t.teardown(() => disconnect(hello))
  await hello.ping()
  await t.throwsAsync(withCall(hello, { headers: { authorization: 'Bearer x', 'x-in': 'y' } }).fail('aborted'))
  const [seen, ...others] = await calls(1)
  t.deepEqual(others, [])
  t.like(seen, { code: 'aborted', headers: { authorization: '***', 'x-in': 'y' } })
})

test('bytes that tap cannot read pass all the same, and are counted', async t => {
  const secure = await serve([HelloService], { port: 0, host: '127.0.0.1', tls: certificate, report: () => {} })
  t.teardown(() => secure.close())
  const { tap, address } = await tapping(t, `127.0.0.1:${secure.port}`, '--json')
  const hello = connect(Hello, {
    protocol: 'grpc',
    endpoints: [address],
    tls: { ca: certificate.cert, serverName: 'localhost' },
  })
  t.is((await hello.sayHello({ name: 'TLS', tags: [] })).message, 'Hello, TLS!')
  await disconnect(hello)
  tap.interrupt()
  const { out, err } = await tap.ended
  t.is(out, '')
  t.true(err.endsWith('\n0 calls, 0 failed, 1 connection\nunread: 1 connection, TLS or an unknown protocol\n'), err)
})

test('tap survives bytes that break in the middle of a wire', async t => {
  const echo = createServer(socket => socket.on('error', () => {}).pipe(socket))
  await once(echo.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => echo.close())
  const { tap, address } = await tapping(t, `127.0.0.1:${(echo.address() as AddressInfo).port}`)
  for (const bytes of [
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(64, 0xff)]),
    Buffer.from(`POST /a HTTP/1.1\r\nx: ${'y'.repeat(70_000)}`),
    Buffer.concat([Buffer.from([0x80, 1, 0, 1, 0, 0, 0, 2]), Buffer.from('ab'), Buffer.alloc(64, 0xff)]),
  ]) {
    const socket = connectTcp({ host: '127.0.0.1', port: Number(address.split(':')[1]) })
    let received = 0
    const all = new Promise<void>(resolve =>
      socket.on('data', (chunk: Buffer) => {
        received += chunk.length
        if (received === bytes.length) resolve()
      }),
    )
    socket.write(bytes)
    await all
    socket.destroy()
    await once(socket, 'close')
  }
  tap.interrupt()
  const { err } = await tap.ended
  t.true(err.endsWith('0 calls, 0 failed, 3 connections\nunread: 3 connections, TLS or an unknown protocol\n'), err)
})

test('tap listens on a Unix socket, and says what it cannot listen on or reach', async t => {
  const path = join(await folder(t), 'tap.sock')
  const tap = begun(['tap', `unix:${path}`, `unix:${path}.nobody`])
  t.teardown(tap.interrupt)
  await tap.printed('Ctrl-C ends it')
  const taken = await polywire(['tap', `unix:${path}`, at])
  t.is(taken.code, 2)
  t.regex(taken.err, /^polywire: tap cannot listen on unix:.*: another program listens there\n$/)
  const socket = connectTcp({ path })
  socket.on('error', () => {})
  await tap.printed(/warn: unix:.*\.nobody cannot be reached: no such file or directory/)
  await once(socket, 'close')
  t.pass()
})
