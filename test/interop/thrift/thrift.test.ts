import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, promisify } from 'node:util'
import test from 'ava'
import { Code, connect, disconnect, type RpcError, serve } from '../../../src/index.js'
import {
  DivisionByZero,
  Everything,
  everything,
  Hello,
  HelloService,
  NotFound,
  Other,
  OutOfStock,
} from '../../fixtures/thrift/hello.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../..', import.meta.url))
const peer = join(root, 'test/interop/thrift/peer.py')
const generated = mkdtempSync(join(tmpdir(), 'polywire-thrift-'))

test.before(() => run('thrift', ['--gen', 'py', '-out', generated, join(root, 'test/fixtures/thrift/hello.thrift')]))
test.after.always(() => rmSync(generated, { recursive: true }))

interface Wire {
  /** `zlib`: THeader's transform; `tzlib`: TZlibTransport. */
  readonly transport: string
  readonly protocol: string
  readonly naming: 'plain' | 'multiplexed'
}

const wires: Wire[] = [
  ...['framed', 'buffered', 'tzlib', 'header', 'zlib', 'http'].flatMap(transport =>
    ['binary', 'compact'].flatMap(protocol =>
      (['plain', 'multiplexed'] as const).map(naming => ({ transport, protocol, naming })),
    ),
  ),
  { transport: 'framed', protocol: 'json', naming: 'plain' },
  { transport: 'buffered', protocol: 'json', naming: 'plain' },
  { transport: 'tzlib', protocol: 'json', naming: 'plain' },
  { transport: 'http', protocol: 'json', naming: 'multiplexed' },
]

const titleOf = ({ transport, protocol, naming }: Wire) => `${transport} ${protocol} ${naming}`

for (const wire of [
  ...wires,
  { transport: 'framed', protocol: 'old', naming: 'plain' },
  { transport: 'buffered', protocol: 'old', naming: 'plain' },
  { transport: 'framed', protocol: 'accelerated', naming: 'plain' },
] as const) {
  test.serial(`a Python client calls our class: ${titleOf(wire)}`, async t => {
    const classes = wire.naming === 'plain' ? [new HelloService()] : [new HelloService(), Other]
    const server = await serve(classes, { host: '127.0.0.1', report: () => {} })
    const { transport, protocol, naming } = wire
    try {
      const { stdout } = await run('/usr/bin/python3', [
        peer,
        generated,
        'client',
        transport,
        protocol,
        naming,
        String(server.port),
      ])
      t.is(stdout, 'ok\n')
    } finally {
      await server.close()
    }
  })
}

async function pythonServer({ transport, protocol, naming }: Wire): Promise<{ process: ChildProcess; port: number }> {
  const process = spawn('/usr/bin/python3', [peer, generated, 'server', transport, protocol, naming], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(process.stdout as NonNullable<typeof process.stdout>, 'data')) as [Buffer]
  return { process, port: Number(line.toString()) }
}

function targetOf({ transport, protocol, naming }: Wire, port: number): string {
  const settings = new URLSearchParams({
    codec: protocol,
    transport: { zlib: 'header', tzlib: 'zlib' }[transport] ?? transport,
    ...(transport === 'zlib' ? { compression: 'zlib' } : {}),
    ...(naming === 'multiplexed' ? { multiplex: 'yes' } : {}),
  })
  return `thrift://127.0.0.1:${port}?${settings}`
}

for (const wire of wires) {
  test.serial(`our proxy calls a Python server: ${titleOf(wire)}`, async t => {
    const { process, port } = await pythonServer(wire)
    const hello = connect(Hello, targetOf(wire, port))
    try {
      t.is(await hello.sayHello('World'), 'Hello, World!')
      t.is(await hello.sayHello(''), 'Hello, !')
      const sample = everything()
      t.true(isDeepStrictEqual(await hello.echo(sample), sample))
      t.deepEqual(await hello.echo(new Everything()), new Everything())
      t.is(await hello.add(2n ** 63n - 1n, 0n), 2n ** 63n - 1n)
      t.is(await hello.add(-(2n ** 63n), 0n), -(2n ** 63n))
      t.is(await hello.divide(1, 4), 0.25)
      // Python writes these bare into JSON.
      for (const one of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])
        t.is(await hello.divide(one, 1), one)
      const zero = (await t.throwsAsync(hello.divide(7, 0), { instanceOf: DivisionByZero })) as DivisionByZero
      t.is(zero.dividend, 7)
      const stock = (await t.throwsAsync(hello.divide(7, -1), { instanceOf: OutOfStock })) as OutOfStock
      t.is(stock.sku, 'numbers')
      const missing = await t.throwsAsync(hello.find('Emma'), { instanceOf: NotFound })
      t.like(missing, { message: 'there is no Emma', shelf: 3, code: Code.not_found })
      t.is((await hello.reverse(new Uint8Array(0))).length, 0)
      const large = new Uint8Array(1024 * 1024).map((_, at) => at)
      t.true(Buffer.from(large.toReversed()).equals(await hello.reverse(large)))
      t.is(await hello.ping(), undefined)
      t.is(await hello.maybe(true), 'there')
      t.is(await hello.maybe(false), undefined)
      await hello.notify('seen')
      t.is(await hello.lastNotice(), 'seen')
      const internal = (await t.throwsAsync(hello.fail('error'))) as RpcError
      t.is(internal.code, Code.internal)
      const told = (await t.throwsAsync(hello.fail('declared by nobody'))) as RpcError
      t.is(told.code, Code.invalid_argument)
      t.is(told.message, 'as told')
      // Pipelined: Python answers one after the other.
      t.deepEqual(await Promise.all([hello.slow('a', 30), hello.slow('b', 0), hello.sayHello('c')]), [
        'a',
        'b',
        'Hello, c!',
      ])
      if (wire.naming === 'multiplexed') {
        const other = connect(Other, targetOf(wire, port))
        t.is(await other.sayHello('x'), 'Other x')
        t.is(await other.count(), 7)
        await disconnect(other)
      } else {
        const other = connect(Other, targetOf(wire, port))
        t.is(((await t.throwsAsync(other.count())) as RpcError).code, Code.unimplemented)
        await disconnect(other)
      }
      const started = Date.now()
      const lost = (await t.throwsAsync(hello.fail('die'))) as RpcError
      t.is(lost.code, Code.unavailable)
      t.true(Date.now() - started < 5000, 'told at once, and not by the deadline')
    } finally {
      await disconnect(hello)
      process.kill()
    }
  })
}
