// Against python3-avro (Debian), over HTTP, which is all that it speaks.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { serviceOf } from '../../src/decorators/read-service.js'
import { Code, connect, disconnect, RpcError, serve } from '../../src/index.js'
import { protocolOf } from '../../src/protocols/avro/protocol-schema.js'
import { DivisionByZero, NotFound, Order, Shop, ShopService } from '../protocols/avro/fixture.js'
import { Second } from '../protocols/avro/second-service.js'

const python = '/usr/bin/python3'
const scripts = join(import.meta.dirname, '../../../test/interop/avro')

/** The seed example, as somebody would write it who has only Python. */
const hello = {
  protocol: 'Shop',
  namespace: 'shop',
  messages: { SayHello: { request: [{ name: 'name', type: 'string' }], response: 'string' } },
}
const shop = JSON.parse(protocolOf(serviceOf(Shop), serviceOf(Shop).methods).text) as object

interface Answer {
  readonly reply?: unknown
  readonly error?: unknown
  readonly failure?: string
}

async function withProtocol<T>(protocol: object, run: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-avro-'))
  const path = join(folder, 'protocol.avpr')
  await writeFile(path, JSON.stringify(protocol))
  try {
    return await run(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = child.exitCode === null ? once(child, 'exit') : undefined
  child.kill()
  await exited
}

/** Runs `calls` in a Python client of a server. Requests are objects, or JSON where those would round their integers. */
async function fromPython(
  { port, path: rpc = '/' }: { port: number; path?: string },
  protocol: object,
  calls: readonly [string, object | string][],
): Promise<Answer[]> {
  return withProtocol(protocol, async path => {
    const child = spawn(python, [join(scripts, 'client.py'), String(port), rpc, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    for (const [message, request] of calls) {
      const json = typeof request === 'string' ? request : JSON.stringify(request)
      child.stdin.write(`{"message": "${message}", "request": ${json}}\n`)
    }
    child.stdin.end()
    const answers: Answer[] = []
    for await (const line of createInterface(child.stdout)) answers.push(exactly(line))
    return answers
  })
}

/** JSON in which integers that a double would round are bigint. */
function exactly(line: string): Answer {
  const marked = line.replaceAll(/([:[ ])(-?\d{16,})/g, '$1"bigint:$2"')
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('bigint:') ? BigInt(value.slice('bigint:'.length)) : value,
  ) as Answer
}

async function withPythonServer<T>(protocol: object, run: (target: string) => Promise<T>): Promise<T> {
  return withProtocol(protocol, async path => {
    const child = spawn(python, [join(scripts, 'server.py'), path], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      return await run(`avro://127.0.0.1:${line}?transport=http`)
    } finally {
      await stop(child)
    }
  })
}

test('a Python client with a protocol of its own says hello to our class', async t => {
  const server = await serve([Second, ShopService], { host: '127.0.0.1', report: () => {} })
  // Both services have such a message, and Python cannot be told of another protocol than the first: the path says which is meant.
  const answers = await fromPython({ port: server.port, path: '/shop.Shop' }, hello, [
    ['SayHello', { name: 'World' }],
    ['SayHello', { name: '' }],
    ['SayHello', { name: 'naïve 日本語 \u{1F600}' }],
  ])
  t.deepEqual(answers, [{ reply: 'Hello, World!' }, { reply: 'Hello, !' }, { reply: 'Hello, naïve 日本語 \u{1F600}!' }])
  await server.close()
})

test('a Python client with our protocol: records, errors, 64-bit integers, large payloads', async t => {
  const server = await serve([ShopService], { host: '127.0.0.1', report: () => {} })
  const large = Buffer.alloc(1024 * 1024, 'abc')
  const order = { name: 'pens', pieces: 3, tags: ['a', 'b'], counts: { x: 7 }, parent: null }
  const answers = await fromPython(server, shop, [
    ['Order', { request: order }],
    ['Echo', { request: { ...order, pieces: null, parent: order } }],
    ['Divide', { dividend: 7, divisor: 0 }],
    ['Fail', { how: 'not_found' }],
    ['Fail', { how: 'error' }],
    ['Find', { title: 'Emma' }],
    ['Reverse', { data: { $bytes: large.toString('base64') } }],
    ['Reverse', { data: { $bytes: '' } }],
    ['Ping', {}],
    ['Next', '{"n": 9223372036854775806}'],
    ['Next', '{"n": 9223372036854775807}'],
    ['Next', '{"n": -9223372036854775808}'],
  ])
  t.deepEqual(answers.slice(0, 4), [
    { reply: { text: '3 pens' } },
    { reply: { ...order, pieces: null, parent: order } },
    { error: { dividend: 7 } },
    { error: 'failed with not_found' },
  ])
  t.notRegex(JSON.stringify(answers[4]), /secret/)
  t.deepEqual(answers[5], { error: { message: 'there is no Emma', shelf: 3 } })
  t.deepEqual(answers.slice(6, 9), [
    { reply: { $bytes: Buffer.from(large).reverse().toString('base64') } },
    { reply: { $bytes: '' } },
    { reply: null },
  ])
  t.deepEqual(answers.slice(9), [{ reply: 2n ** 63n - 1n }, { reply: -(2n ** 63n) }, { reply: 1n - 2n ** 63n }])
  await server.close()
})

test('our proxy says hello to a Python server with a protocol of its own', async t => {
  await withPythonServer(hello, async target => {
    const remote = connect(Shop, target)
    t.is(await remote.sayHello('World'), 'Hello, World!')
    t.is(await remote.sayHello('naïve 日本語 \u{1F600}'), 'Hello, naïve 日本語 \u{1F600}!')
    const error = (await t.throwsAsync(remote.ping())) as RpcError
    t.regex(error.message, /no such method/)
    await disconnect(remote)
  })
})

test('our proxy calls a Python server of our protocol: records, errors, 64-bit integers, large payloads', async t => {
  await withPythonServer(shop, async target => {
    const remote = connect(Shop, target)
    t.is(await remote.next(-(2n ** 63n)), -(2n ** 63n) + 1n)
    t.is(await remote.next(2n ** 63n - 2n), 2n ** 63n - 1n)
    t.is(await remote.next(2n ** 63n - 1n), -(2n ** 63n))
    const order = Object.assign(new Order(), {
      name: 'é',
      tags: ['a'],
      counts: new Map([['x', 2n ** 63n - 1n]]),
      parent: Object.assign(new Order(), { pieces: 0 }),
    })
    t.deepEqual(await remote.echo(order), order)
    const large = Buffer.alloc(1024 * 1024, 'abc')
    t.true(Buffer.from(await remote.reverse(large)).equals(Buffer.from(large).reverse()))
    t.is((await remote.reverse(new Uint8Array(0))).length, 0)
    t.is(await remote.ping(), undefined)
    t.is(await remote.divide(1, 4), 0.25)
    const zero = (await t.throwsAsync(remote.divide(7, 0), { instanceOf: DivisionByZero })) as DivisionByZero
    t.is(zero.dividend, 7)
    const missing = await t.throwsAsync(remote.find('Emma'), { instanceOf: NotFound })
    t.like(missing, { message: 'there is no Emma', shelf: 3, code: Code.not_found })
    const error = (await t.throwsAsync(remote.fail('x'), { instanceOf: RpcError })) as RpcError
    t.is(error.message, 'python cannot Fail')
    await disconnect(remote)
  })
})

test('one-way messages over HTTP: a Python client, and a Python server', async t => {
  const service = new ShopService()
  const server = await serve([service], { host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const answers = await fromPython(server, shop, [
    ['Note', { text: 'one' }],
    ['Note', { text: 'two' }],
    ['SayHello', { name: 'World' }],
  ])
  t.deepEqual(answers, [{ reply: null }, { reply: null }, { reply: 'Hello, World!' }])
  t.deepEqual(service.notes, ['one', 'two'])
  await withPythonServer(shop, async target => {
    const remote = connect(Shop, target)
    await remote.note('three')
    t.is(await remote.sayHello('World'), 'Hello, World!')
    await disconnect(remote)
  })
})
