import { once } from 'node:events'
import test from 'ava'
import { binaryFormat, oldBinaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { thriftBinary } from '../../../src/codecs/thrift/codec.js'
import { compactFormat } from '../../../src/codecs/thrift/compact/format.js'
import { Kind, Wire } from '../../../src/codecs/thrift/wire.js'
import { serviceOf } from '../../../src/extend.js'
import {
  Code,
  connect,
  defaultLimits,
  disconnect,
  Field,
  int32,
  listOf,
  Message,
  Method,
  nothing,
  RpcError,
  Service,
  serve,
  streamOf,
  string,
} from '../../../src/index.js'
import { refusalOf } from '../../../src/protocols/thrift/unsupported.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import { captured } from '../../fixtures/thrift/captured.js'
import { DivisionByZero, Everything, everything, Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { calls } from '../suites/calls.js'
import { framed, message, RawClient, served, text } from './raw.js'

calls('thrift')

async function pair(query = '', limits = {}) {
  const service = new HelloService()
  const reported: unknown[] = []
  const server = await serve([service], { limits, host: '127.0.0.1', report: error => reported.push(error) })
  const hello = connect(Hello, `thrift://${server.address}${query}`)
  return { service, server, hello, reported, close: () => Promise.all([disconnect(hello), server.close()]) }
}

const manners = ['framed', 'buffered', 'header', 'http'].flatMap(transport =>
  ['binary', 'compact'].map(codec => `?transport=${transport}&codec=${codec}`),
)

for (const query of [...manners, '?transport=header&compression=zlib', '?codec=json', '?codec=json&transport=http']) {
  test(`every type and every outcome: ${query}`, async t => {
    const { hello, service, close, reported } = await pair(query)
    t.is(await hello.sayHello('World'), 'Hello, World!')
    const reply = await hello.echo(everything())
    t.true(reply instanceof Everything)
    t.deepEqual(reply, everything())
    t.is(await hello.divide(1, 4), 0.25)
    t.is(await hello.add(2n ** 63n - 1n, 0n), 2n ** 63n - 1n)
    t.is(await hello.add(-(2n ** 63n), 0n), -(2n ** 63n))
    t.is(await hello.ping(), undefined)
    t.is(await hello.maybe(true), 'there')
    t.is(await hello.maybe(false), undefined)
    t.is(await hello.sayHello(''), 'Hello, !')
    t.is((await hello.reverse(new Uint8Array(0))).length, 0)
    const large = new Uint8Array(1024 * 1024).map((_, at) => at)
    t.true(Buffer.from(large.toReversed()).equals(await hello.reverse(large)))
    await hello.notify('seen')
    t.is(await hello.lastNotice(), 'seen')
    const error = (await t.throwsAsync(hello.divide(7, 0))) as DivisionByZero
    t.true(error instanceof DivisionByZero)
    t.is(error.dividend, 7)
    t.is(error.message, 'cannot divide by zero')
    t.is(error.code, Code.invalid_argument)
    const failed = (await t.throwsAsync(hello.fail('not_found'))) as RpcError
    t.is(failed.code, Code.not_found)
    t.is(failed.message, 'failed with not_found')
    t.is(failed.headers?.get('x-why'), 'not_found')
    const undeclared = (await t.throwsAsync(hello.fail('undeclared'))) as RpcError
    t.false(undeclared instanceof DivisionByZero)
    t.is(undeclared.code, Code.invalid_argument)
    const internal = (await t.throwsAsync(hello.fail('error'))) as RpcError
    t.is(internal.code, Code.internal)
    t.notRegex(internal.message, /secret/)
    t.is(reported.length, 1)
    t.is(service.calls, 4)
    await close()
  })
}

test('settings that Thrift does not have are found by connect', t => {
  const at = (query: string) => () => connect(Hello, `thrift://127.0.0.1:1?${query}`)
  t.throws(at('transport=pigeon'), { message: /transport=pigeon is none of framed, buffered, header/ })
  t.throws(at('codec=proto'), { message: /no codec "proto"; it can be binary, compact, json/ })
  t.throws(at('codec=json&transport=header'), { message: /transport=header cannot carry codec=json/ })
  t.throws(at('compression=zlib'), { message: /only transport=header/ })
  t.throws(at('colour=red'), { message: /thrift has no setting colour/ })
})

@Message()
class WithoutNumbers {
  @Field(listOf(string)) tags: string[] = []
}

@Message()
class LargeNumbers {
  @Field(40_000, int32) n = 0
}

@Service()
class Uncarried {
  @Method(streamOf(WithoutNumbers)) async *watch(): AsyncIterable<WithoutNumbers> {}
  @Method({ accepts: WithoutNumbers, returns: nothing }) async plain(_request: WithoutNumbers): Promise<void> {}
  @Method(LargeNumbers) async large(): Promise<LargeNumbers> {
    return new LargeNumbers()
  }
}

test('what Thrift cannot carry is refused at start-up, with class and field', async t => {
  const [watch, plain, large] = serviceOf(Uncarried).methods
  t.is(watch && refusalOf(watch), 'Thrift has no streams')
  t.regex((plain && refusalOf(plain)) ?? '', /^WithoutNumbers\.tags: Thrift needs field numbers/)
  t.regex((large && refusalOf(large)) ?? '', /^LargeNumbers\.n: a field id in Thrift must be at most 32767, got 40000/)
  t.throws(() => connect(Uncarried, 'thrift://127.0.0.1:1'), { message: /Uncarried\.watch: thrift cannot carry it/ })
  await t.throwsAsync(serve([Uncarried], { protocols: ['thrift'] }), { message: /Uncarried\.watch/ })
  const server = await serve([Uncarried], { host: '127.0.0.1' })
  t.true(server.protocols.includes('thrift'), 'others of its methods may still be served by other protocols')
  await server.close()
})

const both = [
  ['framed', true],
  ['unframed', false],
] as const

for (const [title, isFramed] of both) {
  for (const format of [binaryFormat, oldBinaryFormat, compactFormat]) {
    const old = format === oldBinaryFormat ? ' with old headers' : ''
    test(`a request in pieces of one byte is answered in kind: ${title} ${format.name}${old}`, async t => {
      const { port, close } = await served()
      const client = await RawClient.open(port, { isFramed, format })
      const one = message({ name: 'SayHello', sequence: 7, format, fields: text('Wörld') })
      const bytes = isFramed ? framed(one) : one
      let first: Buffer | undefined
      client.socket.once('data', (chunk: Buffer) => {
        first = chunk
      })
      for (const byte of Buffer.concat([bytes, bytes])) {
        client.socket.write(Buffer.of(byte))
        await new Promise(setImmediate)
      }
      for (let n = 0; n < 2; n++) {
        const reply = await client.next()
        t.like(reply, { kind: Kind.reply, name: 'SayHello', sequence: 7, text: 'Hello, Wörld!' })
      }
      t.is(first?.[isFramed ? 4 : 0], one[0], 'the reply has the header of the request')
      client.end()
      await close()
    })
  }
}

test('unknown fields are skipped, however deep up to 64', async t => {
  const { port, close } = await served()
  const client = await RawClient.open(port)
  const nested = (levels: number) =>
    message({
      name: 'SayHello',
      fields: writer => {
        for (let level = 0; level < levels; level++) writer.field(Wire.struct, 5)
        for (let level = 0; level < levels; level++) writer.endStruct(0)
        text('x')(writer)
      },
    })
  client.send(framed(nested(60)))
  t.is((await client.next()).text, 'Hello, x!')
  client.send(framed(nested(10_000)))
  t.is((await client.next()).type, 7)
  client.end()
  await close()
})

test('a oneway call has no reply', async t => {
  const { port, service, close } = await served()
  const client = await RawClient.open(port)
  client.send(framed(message({ name: 'Notify', kind: Kind.oneway, fields: text('seen') })))
  client.send(framed(message({ name: 'Nothing', kind: Kind.oneway })))
  client.send(framed(message({ name: 'LastNotice', sequence: 5 })))
  t.like(await client.next(), { sequence: 5, text: 'seen' })
  t.is(service.notice, 'seen')
  client.end()
  await close()
})

test('what a library of another language wrote is answered', async t => {
  const { port, close } = await served()
  for (const [name, hex] of Object.entries(captured)) {
    const client = await RawClient.open(port)
    client.socket.removeAllListeners('data')
    client.socket.write(Buffer.from(hex, 'hex'))
    const [answer] = (await once(client.socket, 'data')) as [Buffer]
    t.true(answer.includes('café'), name)
    client.socket.destroy()
  }
  await close()
})

/** As a Thrift file has it: `exception NotFound { 1: string message, 2: i32 shelf }`. */
@Message('library.NotFound', { code: 'not_found', message: 1 })
class NotFound extends RpcError {
  @Field(2, int32) shelf = 0
  @Field(3, string) override name = ''
}

/** As it was before it had a message: it says what it does not know. */
@Message('library.Sealed', { code: 'permission_denied', message: { number: 4, name: 'reason' } })
class Sealed extends RpcError {}

test('the message stands in the exception itself, under its number and name', t => {
  const fieldsOf = (type: typeof NotFound | typeof Sealed) => messageSchemaOf(type)?.fields ?? []
  t.deepEqual(
    fieldsOf(NotFound).map(({ number, name }) => `${number}: ${name}`),
    ['1: message', '2: shelf', '3: name'],
  )
  t.deepEqual(
    fieldsOf(Sealed).map(({ number, name }) => `${number}: ${name}`),
    ['4: reason'],
  )
  const [notFound, text] = [messageSchemaOf(NotFound), 'there is no Emma']
  if (notFound === undefined) throw t.fail()
  // T_STRING, field 1, length, text: what `1: string message` is in Thrift's binary protocol.
  const bytes = Buffer.from(thriftBinary.compile(notFound, defaultLimits).encode(NotFound.of(text)))
  t.is(bytes.subarray(0, 7 + text.length).toString('latin1'), `\x0b\0\x01\0\0\0\x10${text}`)
})
