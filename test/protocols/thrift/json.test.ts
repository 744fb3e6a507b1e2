// TJSONProtocol on sockets: without frames, in frames, and in the dialects of Apache's own libraries.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { jsonFormat } from '../../../src/codecs/thrift/json/format.js'
import { Kind } from '../../../src/codecs/thrift/wire.js'
import { Code, connect, disconnect, type RpcError, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { framed, message, RawClient, slow, text } from './raw.js'

async function served(t: ExecutionContext) {
  const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  return server
}

async function rawClient(t: ExecutionContext, port: number, isFramed: boolean) {
  const client = await RawClient.open(port, { isFramed, format: jsonFormat })
  t.teardown(() => client.end())
  return client
}

/** A server of one scripted answer for each chunk of a request, and a proxy of it. */
async function answered(t: ExecutionContext, transport: string, answers: readonly string[]) {
  let next = 0
  const listener = createServer({ noDelay: true }, socket => {
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.on('data', () => {
      const answer = Buffer.from(answers[next++] ?? '')
      socket.write(transport === 'framed' ? framed(answer) : answer)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const hello = connect(Hello, `thrift://127.0.0.1:${port}?codec=json&transport=${transport}`)
  t.teardown(async () => {
    await disconnect(hello)
    listener.close()
  })
  return hello
}

test('JSON without frames is told by its first byte, in pieces and several at once', async t => {
  const { port } = await served(t)
  const client = await rawClient(t, port, false)
  const one = message({ name: 'SayHello', sequence: 7, format: jsonFormat, fields: text('"]}\\ W\u00f6rld') })
  for (const byte of one) {
    client.socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  t.like(await client.next(), { kind: Kind.reply, sequence: 7, text: 'Hello, "]}\\ W\u00f6rld!' })
  const late = message({ name: 'Slow', sequence: 1, format: jsonFormat, fields: slow('late', 20) })
  client.send(late, one)
  t.deepEqual([(await client.next()).text, (await client.next()).text], ['late', 'Hello, "]}\\ W\u00f6rld!'])
})

test('a proxy speaks JSON without frames', async t => {
  const { port } = await served(t)
  const hello = connect(Hello, `thrift://127.0.0.1:${port}?codec=json&transport=buffered`)
  t.teardown(() => disconnect(hello))
  t.is(await hello.sayHello('W\u00f6rld [{"'), 'Hello, W\u00f6rld [{"!')
  t.deepEqual(await Promise.all([hello.slow('a', 10), hello.sayHello('b')]), ['a', 'Hello, b!'])
})

for (const [title, isFramed] of [
  ['framed', true],
  ['unframed', false],
] as const) {
  test(`an unreadable JSON message costs only its own call at the server: ${title}`, async t => {
    const { port } = await served(t)
    const client = await rawClient(t, port, isFramed)
    const texts = [
      '[1,"SayHello",1,5,{"1":{"str":nonsense}}]',
      '[1,"SayHello",1,6,{"1":{"str":"\ud83d"}},7]',
      '[1,"SayHello",1,8]',
      '[1,"SayHello"]',
    ]
    for (const [at, one] of texts.entries()) {
      const bytes = Buffer.from(one)
      const good = message({ name: 'SayHello', sequence: 9, format: jsonFormat, fields: text('x') })
      client.send(...(isFramed ? [framed(bytes), framed(good)] : [bytes, good]))
      const bad = await client.next()
      t.is(bad.kind, Kind.exception, one)
      t.is(bad.sequence, [5, 6, 8, 0][at] as number)
      t.is(bad.type, 7, bad.text)
      t.is((await client.next()).text, 'Hello, x!')
    }
  })

  test(`an unreadable JSON reply costs only its own call at the client: ${title}`, async t => {
    const good = (sequence: number) => `[1,"SayHello",2,${sequence},{"0":{"str":"good"}}]`
    const bad = ['[1,"SayHello",2,1,{"0":{"str":nonsense}}]', '[1,"SayHello",2]']
    const hello = await answered(t, title === 'framed' ? 'framed' : 'buffered', [
      bad[0] ?? '',
      good(2),
      bad[1] ?? '',
      good(4),
    ])
    for (let call = 0; call < 2; call++) {
      const error = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
      t.is(error.reason, 'malformed_reply')
      t.is(await hello.sayHello('x'), 'good')
    }
  })
}

test("what Apache's libraries write in place of JSON is read", async t => {
  const { port } = await served(t)
  const client = await rawClient(t, port, true)
  const ask = (json: string) => {
    client.send(framed(Buffer.from(json)))
    return client.next()
  }
  t.is((await ask('[1,"SayHello",1,1,{"1":{"str":"a\n\u0000b"}}]')).text, 'Hello, a\n\u0000b!')
  t.is((await ask('[1,"Slow",1,1,{"1":{"str":"-0001 nan"},"2":{"i32":0000}}]')).text, '-0001 nan')

  const hello = await answered(t, 'framed', [
    '[1,"Add",2,1,{"0":{"i64":-000000000001}}]',
    '[1,"Add",2,2,{"0":{"i64":-9223372036854775808}}]',
    ...['inf', '-inf', 'nan', 'Infinity', '-Infinity', 'NaN'].map(
      (double, at) => `[1,"Divide",2,${at + 3},{"0":{"dbl":${double}}}]`,
    ),
  ])
  t.is(await hello.add(1n, 2n), -1n)
  t.is(await hello.add(1n, 2n), -(2n ** 63n))
  const { POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least, NaN: none } = Number
  for (const expected of [most, least, none, most, least, none]) t.is(await hello.divide(1, 2), expected)
})

test('trailing bytes and the reply of another method are errors', async t => {
  const hello = await answered(t, 'framed', [
    '[1,"SayHello",2,1,{"0":{"str":"x"}}] [',
    '[1,"SayHello",2,2,{"0":{"str":"x"}},5]',
    '[1,"Maybe",2,3,{"0":{"str":"x"}}]',
    '[1,"Hello:SayHello",2,4,{"0":{"str":"x"}}]',
  ])
  for (const expected of [/no JSON/, /more values/, /a reply of "Maybe"/]) {
    const error = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
    t.is(error.code, Code.internal)
    t.is(error.reason, 'malformed_reply')
    t.regex(error.message, expected)
  }
  t.is(await hello.sayHello('x'), 'x')
})
