import { once } from 'node:events'
import test from 'ava'
import { Arg, Code, connect, disconnect, Method, type RpcError, Service, serve, uuid } from '../../../src/index.js'
import { DivisionByZero, Hello, HelloService, NotFound, Other } from '../../fixtures/thrift/hello.js'
import { callNode, HelloNode, nodeTypes, OtherNode, protocols, thrift, transports } from '../../fixtures/thrift/node.js'

type Transport = keyof typeof transports
type Protocol = keyof typeof protocols

const wires = (['framed', 'buffered'] as const).flatMap(transport =>
  (['binary', 'compact', 'json'] as const).map(protocol => [transport, protocol] as const),
)

async function nodeClient(port: number, transport: Transport, protocol: Protocol) {
  const connection = thrift.createConnection('127.0.0.1', port, {
    transport: transports[transport],
    protocol: protocols[protocol],
  })
  await once(connection as never, 'connect')
  return connection
}

for (const [transport, protocol] of wires) {
  test(`the npm client calls our class: ${transport} ${protocol}`, async t => {
    const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {} })
    const connection = await nodeClient(server.port, transport, protocol)
    const hello = thrift.createClient(HelloNode, connection)
    t.is(await callNode(hello, 'SayHello', 'World'), 'Hello, World!')
    t.is(await callNode(hello, 'Divide', 1, 4), 0.25)
    const error = (await t.throwsAsync(callNode(hello, 'Divide', 7, 0), { any: true })) as unknown as {
      name: string
      dividend: number
    }
    t.is(error.name, 'DivisionByZero')
    t.is(error.dividend, 7)
    const missing = await t.throwsAsync(callNode(hello, 'Find', 'Emma'), { any: true })
    t.like(missing as unknown as object, { name: 'NotFound', message: 'there is no Emma', shelf: 3 })
    const internal = (await t.throwsAsync(callNode(hello, 'Fail', 'error'), { any: true })) as unknown as {
      type: number
      message: string
    }
    t.is(internal.type, 6)
    t.notRegex(internal.message, /secret/)
    t.is(String(await callNode(hello, 'Reverse', Buffer.from('abc'))), 'cba')
    const calls = Array.from({ length: 50 }, (_, n) => callNode(hello, 'Slow', `n${n}`, n % 3))
    t.deepEqual(
      await Promise.all(calls),
      Array.from({ length: 50 }, (_, n) => `n${n}`),
    )
    connection.end()
    await server.close()
  })

  test(`our proxy calls the npm server: ${transport} ${protocol}`, async t => {
    type Reply = (error: unknown, value?: unknown) => void
    const handler = {
      SayHello: (name: string, reply: Reply) => reply(null, `Hello, ${name}!`),
      Divide: (dividend: number, divisor: number, reply: Reply) => {
        const Zero = nodeTypes.DivisionByZero as NonNullable<typeof nodeTypes.DivisionByZero>
        if (divisor === 0) reply(new Zero({ dividend }))
        else reply(null, dividend / divisor)
      },
      Find: (title: string, reply: Reply) => {
        const Missing = nodeTypes.NotFound as NonNullable<typeof nodeTypes.NotFound>
        reply(new Missing({ message: `there is no ${title}`, shelf: 3 }))
      },
      Slow: (name: string, milliseconds: number, reply: Reply) => setTimeout(() => reply(null, name), milliseconds),
      Fail: (_how: string, reply: Reply) => reply(new Error('of its own')),
    }
    const server = thrift.createServer(HelloNode, handler, {
      transport: transports[transport],
      protocol: protocols[protocol],
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address()
    const hello = connect(Hello, `thrift://127.0.0.1:${port}?transport=${transport}&codec=${protocol}`)
    t.is(await hello.sayHello('World'), 'Hello, World!')
    t.is(await hello.divide(1, 4), 0.25)
    const zero = (await t.throwsAsync(hello.divide(7, 0), { instanceOf: DivisionByZero })) as DivisionByZero
    t.is(zero.dividend, 7)
    const missing = await t.throwsAsync(hello.find('Emma'), { instanceOf: NotFound })
    t.like(missing, { message: 'there is no Emma', shelf: 3, code: Code.not_found })
    t.is(((await t.throwsAsync(hello.fail('x'))) as RpcError).code, Code.unknown)
    const order: string[] = []
    await Promise.all([
      hello.slow('late', 30).then(name => order.push(name)),
      hello.slow('early', 0).then(name => order.push(name)),
    ])
    t.deepEqual(order, ['early', 'late'], 'replies are matched in whatever order they come')
    await disconnect(hello)
    server.close()
  })
}

test('names of several services: behind their service, or alone where no other has them', async t => {
  const server = await serve([new HelloService(), Other], { host: '127.0.0.1' })
  const connection = await nodeClient(server.port, 'framed', 'binary')
  const multiplexer = new thrift.Multiplexer()
  const other = multiplexer.createClient('Other', OtherNode, connection)
  t.is(await callNode(other, 'SayHello', 'x'), 'Other x')
  const full = multiplexer.createClient('hello.Hello', HelloNode, connection)
  t.is(await callNode(full, 'SayHello', 'x'), 'Hello, x!')
  connection.end()
  for (const multiplex of ['yes', 'full']) {
    const remote = connect(Other, `thrift://${server.address}?multiplex=${multiplex}`)
    t.is(await remote.sayHello('x'), 'Other x')
    await disconnect(remote)
  }
  const plain = connect(Other, `thrift://${server.address}`)
  t.is(await plain.count(), 7)
  const error = (await t.throwsAsync(plain.sayHello('x'))) as RpcError
  t.is(error.code, Code.unimplemented)
  t.regex(error.message, /several services have a method SayHello/)
  await disconnect(plain)
  await server.close()
})

@Service('ids.Ids')
class Ids {
  @Method(uuid) async same(@Arg(1, 'id', uuid) id: string): Promise<string> {
    return id
  }
}

for (const protocol of ['binary', 'compact', 'json'] as const) {
  test(`a uuid is what the npm package makes of it: ${protocol}`, async t => {
    const server = await serve([Ids], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const id = '123e4567-e89b-12d3-a456-426614174000'
    const connection = await nodeClient(server.port, 'framed', protocol)
    t.teardown(() => connection.end())
    const reply = new Promise<string>(resolve => {
      /** As the compiler makes it of `service Ids { uuid Same(1: uuid id) }`. */
      class Client {
        readonly _reqs = {}
        constructor(
          readonly output: { flush(): void },
          readonly type: new (output: unknown) => NodeProtocol,
        ) {
          const out = new type(output)
          out.writeMessageBegin('Same', 1, 1)
          out.writeStructBegin('args')
          out.writeFieldBegin('id', uuidType, 1)
          out.writeUuid(id)
          out.writeFieldEnd()
          out.writeFieldStop()
          out.writeStructEnd()
          out.writeMessageEnd()
          output.flush()
        }
        recv_Same(input: NodeProtocol): void {
          input.readStructBegin()
          input.readFieldBegin()
          const answer = input.readUuid()
          input.readFieldEnd()
          input.readFieldBegin()
          input.readStructEnd()
          input.readMessageEnd()
          resolve(answer)
        }
      }
      const client = thrift.createClient({ Client } as never, connection) as unknown as {
        _reqs: Record<number, unknown>
      }
      client._reqs[1] = () => {}
    })
    t.is(await reply, id)
  })
}

/** Thrift's type of a uuid. */
const uuidType = 16

/** Of the package. */
interface NodeProtocol {
  writeMessageBegin(name: string, kind: number, sequence: number): void
  writeStructBegin(name: string): void
  writeFieldBegin(name: string, type: number, id: number): void
  writeUuid(id: string): void
  writeFieldEnd(): void
  writeFieldStop(): void
  writeStructEnd(): void
  writeMessageEnd(): void
  readStructBegin(): void
  readFieldBegin(): void
  readUuid(): string
  readFieldEnd(): void
  readStructEnd(): void
  readMessageEnd(): void
}
