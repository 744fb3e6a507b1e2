import test from 'ava'
import { connect, disconnect, type RpcError, serve } from '../../src/index.js'
import { DivisionByZero, Hello, HelloService } from '../fixtures/hello.js'

const codecs = ['json', 'xml', 'msgpack', 'msgpack-compact', 'proto']
const targets = {
  http: (port: number) => `http://127.0.0.1:${port}`,
  grpc: (port: number) => `grpc://127.0.0.1:${port}`,
  memory: () => 'memory://codecs',
}

for (const [protocol, targetOf] of Object.entries(targets)) {
  test(`every codec by its name in a target: ${protocol}`, async t => {
    const memory = protocol === 'memory' ? { memory: 'codecs' } : {}
    const server = await serve([HelloService], memory)
    t.teardown(() => server.close())
    for (const codec of codecs) {
      const hello = connect(Hello, `${targetOf(server.port)}?codec=${codec}`)
      t.teardown(() => disconnect(hello))
      const request = { name: `Wörld <&> ${codec}`, tags: ['a', ''], counts: new Map([['x', 2n ** 60n]]) }
      t.is((await hello.sayHello(request)).message, `Hello, Wörld <&> ${codec}!`, codec)
      t.is(await hello.divide(1, 4), 0.25, codec)
      t.is(await hello.ping(), undefined)
      const error = (await t.throwsAsync(hello.divide(7, 0))) as DivisionByZero
      t.true(error instanceof DivisionByZero, codec)
      t.is(error.dividend, 7)
      const ticks: number[] = []
      for await (const { n } of hello.watch(3)) ticks.push(n)
      t.deepEqual(ticks, [1, 2, 3], codec)
    }
  })
}

async function post(port: number, contentType: string, body: Uint8Array | string): Promise<[number, string, string]> {
  const response = await fetch(`http://127.0.0.1:${port}/hello.Hello/SayHello`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  })
  return [
    response.status,
    response.headers.get('content-type') ?? '',
    Buffer.from(await response.arrayBuffer()).toString('latin1'),
  ]
}

test('a content type chooses the codec, and the answer is in the codec of the request', async t => {
  const server = await serve([HelloService])
  t.teardown(() => server.close())
  const { port } = server
  t.deepEqual(await post(port, 'application/xml; charset=utf-8', '<HelloRequest><name>World</name></HelloRequest>'), [
    200,
    'application/xml',
    '<HelloReply><message>Hello, World!</message></HelloReply>',
  ])
  const packed = Buffer.from('81a46e616d65a5576f726c64', 'hex')
  const reply = [200, 'application/msgpack', '\x81\xa7message\xadHello, World!']
  t.deepEqual(await post(port, 'application/msgpack', packed), reply)
  t.deepEqual(await post(port, 'application/x-msgpack', packed), reply)
  const [status, , body] = await post(port, 'application/xml', '<!DOCTYPE a [<!ENTITY b "c">]><HelloRequest/>')
  t.is(status, 400)
  t.like(JSON.parse(body), { code: 'invalid_argument' })
})

test('an unknown codec is refused where the target is read', t => {
  const error = t.throws(() => connect(Hello, 'http://127.0.0.1:1?codec=yaml')) as RpcError
  t.regex(error.message, /yaml.*json, proto, xml, msgpack, msgpack-compact/)
})
