// Against the npm package thrift where it does not speak over a bare socket: HTTP, HTTPS, and THeader.
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { Code, connect, disconnect, type RpcError, serve } from '../../../src/index.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'
import { DivisionByZero, Hello, HelloService, Other } from '../../fixtures/thrift/hello.js'
import {
  callNode,
  HelloNode,
  type NodeClient,
  type NodeServer,
  nodeTypes,
  OtherNode,
  protocols,
  thrift,
} from '../../fixtures/thrift/node.js'

const large = Buffer.alloc(1024 * 1024, 'abc')
const text = 'naïve — 日本語 \u{1F600}'

type Reply = (error: unknown, value?: unknown) => void
const handler = {
  SayHello: (name: string, reply: Reply) => reply(null, `Hello, ${name}!`),
  Divide: (dividend: number, divisor: number, reply: Reply) => {
    const Zero = nodeTypes.DivisionByZero as NonNullable<typeof nodeTypes.DivisionByZero>
    if (divisor === 0) reply(new Zero({ dividend }))
    else reply(null, dividend / divisor)
  },
  Reverse: (data: Buffer, reply: Reply) => reply(null, Buffer.from(data).reverse()),
  Fail: (_how: string, reply: Reply) => reply(new Error('of its own')),
}

/** Of the package, under a client. */
interface HeaderTransport {
  /** 0: binary, 2: compact. */
  setProtocolId(id: number): void
  setWriteHeader(name: string, value: string): void
  writeHeaders(): void
  flush(): void
}

async function listening(server: NodeServer): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

/** What any client of the package gets from our class. */
async function greet(t: ExecutionContext, hello: NodeClient): Promise<void> {
  t.is(await callNode(hello, 'SayHello', text), `Hello, ${text}!`)
  t.is(await callNode(hello, 'SayHello', ''), 'Hello, !')
  t.is(await callNode(hello, 'Divide', 1, 4), 0.25)
  t.true(
    Buffer.from(large)
      .reverse()
      .equals((await callNode(hello, 'Reverse', large)) as Buffer),
  )
  const zero = (await t.throwsAsync(callNode(hello, 'Divide', 7, 0), { any: true })) as unknown as {
    name: string
    dividend: number
  }
  t.deepEqual([zero.name, zero.dividend], ['DivisionByZero', 7])
  const internal = (await t.throwsAsync(callNode(hello, 'Fail', 'error'), { any: true })) as unknown as {
    type: number
    message: string
  }
  t.is(internal.type, 6)
  t.notRegex(internal.message, /secret/)
}

/** What our proxy gets from any server of the package. */
async function ask(t: ExecutionContext, hello: Hello): Promise<void> {
  t.is(await hello.sayHello(text), `Hello, ${text}!`)
  t.is(await hello.sayHello(''), 'Hello, !')
  t.is(await hello.divide(1, 4), 0.25)
  t.true(
    Buffer.from(large)
      .reverse()
      .equals(await hello.reverse(large)),
  )
  const zero = (await t.throwsAsync(hello.divide(7, 0), { instanceOf: DivisionByZero })) as DivisionByZero
  t.is(zero.dividend, 7)
  t.is(((await t.throwsAsync(hello.fail('x'))) as RpcError).code, Code.unknown)
  t.deepEqual(
    await Promise.all(Array.from({ length: 20 }, (_, n) => hello.sayHello(String(n)))),
    Array.from({ length: 20 }, (_, n) => `Hello, ${n}!`),
  )
}

for (const [codec, protocol] of Object.entries(protocols)) {
  for (const isSecure of [false, true]) {
    const wire = `${isSecure ? 'HTTPS' : 'HTTP'} ${codec}`

    test(`the npm client calls our class: ${wire}`, async t => {
      const tls = isSecure ? { tls: certificate } : {}
      const server = await serve([new HelloService(), Other], { host: '127.0.0.1', report: () => {}, ...tls })
      const connection = thrift.createHttpConnection('127.0.0.1', server.port, {
        protocol,
        https: isSecure,
        headers: { Connection: 'close' },
        nodeOptions: { ca: authority },
      })
      await greet(t, new thrift.Multiplexer().createClient('Hello', HelloNode, connection))
      const other = new thrift.Multiplexer().createClient('Other', OtherNode, connection)
      t.is(await callNode(other, 'SayHello', 'x'), 'Other x')
      await server.close()
    })

    test(`our proxy calls the npm server: ${wire}`, async t => {
      const server = thrift.createWebServer({
        services: { '/rpc': { processor: HelloNode, handler, protocol } },
        ...(isSecure ? { tls: certificate } : {}),
      })
      const port = await listening(server)
      const hello = connect(Hello, {
        protocol: isSecure ? 'thrifts' : 'thrift',
        endpoints: [`127.0.0.1:${port}`],
        codec,
        options: { transport: 'http', path: '/rpc' },
        ...(isSecure ? { tls: { ca: authority } } : {}),
      })
      await ask(t, hello)
      await disconnect(hello)
      server.close()
    })
  }
}

for (const [codec, protocolId] of [
  ['binary', 0],
  ['compact', 2],
] as const) {
  test(`the npm client calls our class: THeader ${codec}`, async t => {
    const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {} })
    const connection = thrift.createConnection('127.0.0.1', server.port, {
      transport: thrift.TBufferedTransport,
      protocol: thrift.THeaderProtocol,
    })
    await once(connection as never, 'connect')
    const hello = thrift.createClient(HelloNode, connection)
    const { output } = hello as unknown as { output: HeaderTransport }
    // What the compiler generates flushes the transport and not the protocol, which leaves the headers out.
    const flush = output.flush.bind(output)
    output.flush = () => {
      output.writeHeaders()
      flush()
    }
    output.setProtocolId(protocolId)
    output.setWriteHeader('X-Tenant', 'blue')
    await greet(t, hello)
    t.is(await callNode(hello, 'Heard', 'x-tenant'), 'blue')
    output.setWriteHeader('client_timeout', '20')
    const late = (await t.throwsAsync(callNode(hello, 'Slow', 'never', -1), { any: true })) as unknown as Error
    t.regex(late.message, /deadline/)
    connection.end()
    await server.close()
  })

  test(`our proxy calls the npm server: THeader ${codec}`, async t => {
    const server = thrift.createServer(HelloNode, handler, {
      transport: thrift.TBufferedTransport,
      protocol: thrift.THeaderProtocol,
    })
    const port = await listening(server)
    const hello = connect(Hello, `thrift://127.0.0.1:${port}?transport=header&codec=${codec}`)
    await ask(t, hello)
    await disconnect(hello)
    server.close()
  })
}
