import test, { type ExecutionContext } from 'ava'
import { AvroReads } from '../../src/codecs/avro/reads.js'
import { AvroWrites } from '../../src/codecs/avro/writes.js'
import type { Codec } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { ThriftCompiler } from '../../src/codecs/thrift/compiler.js'
import {
  connect,
  disconnect,
  double,
  Field,
  listOf,
  Message,
  Method,
  RpcError,
  type Server,
  Service,
  serve,
  warmUp,
} from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'

/** What was compiled: by `Codec.compile`, and by serializers at their first use. */
class Count {
  compiled = 0
  used = 0

  get both(): readonly [number, number] {
    return [this.compiled, this.used]
  }

  /** A codec that takes the place of the given one, whose serializers count their first use. */
  of(codec: Codec): Codec {
    return {
      ...codec,
      compile: (schema, options) => {
        this.compiled++
        const serializer = codec.compile(schema, options)
        let isUsed = false
        const use = () => {
          if (!isUsed) this.used++
          isUsed = true
          return serializer
        }
        return {
          encode: message => use().encode(message),
          decode: (bytes, isOwn) => use().decode(bytes, isOwn),
          prepare: () => use().prepare?.(),
        }
      },
    }
  }
}

async function call(t: ExecutionContext, server: Server, protocol: string): Promise<void> {
  const hello = connect(Hello, `${protocol}://127.0.0.1:${server.port}`)
  t.teardown(() => disconnect(hello))
  await callOn(t, hello)
}

async function callOn(t: ExecutionContext, hello: Hello): Promise<void> {
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  t.is(await hello.divide(1, 4), 0.25)
}

for (const [protocol, codec] of [
  ['grpc', protobuf],
  ['http', json],
] as const) {
  test(`${protocol}: an eager server compiles nothing for its first calls`, async t => {
    const [lazy, eager] = [new Count(), new Count()]
    const slow = await serve([HelloService], { codecs: [lazy.of(codec)], health: false })
    t.teardown(() => slow.close())
    t.deepEqual(lazy.both, [0, 0])
    await call(t, slow, protocol)
    t.deepEqual(lazy.both, [4, 4])

    const fast = await serve([HelloService], { codecs: [eager.of(codec)], health: false, eager: true })
    t.teardown(() => fast.close())
    const [...before] = eager.both
    t.true(eager.compiled > 0)
    await call(t, fast, protocol)
    t.deepEqual(eager.both, before)
  })

  test(`${protocol}: a running server warms up in the codecs that are named`, async t => {
    const counts = { proto: new Count(), json: new Count() }
    const server = await serve([HelloService], { codecs: [counts.proto.of(protobuf), counts.json.of(json)] })
    t.teardown(() => server.close())
    await server.warmUp({ codecs: [protocol === 'grpc' ? 'proto' : 'json'] })
    t.true(counts[protocol === 'grpc' ? 'proto' : 'json'].used > 0)
    t.is(protocol === 'grpc' ? counts.json.used : counts.proto.used, 0)
    await server.warmUp({ codecs: 'all' })
    const before = [counts.proto.both, counts.json.both]
    t.true(counts.proto.used > 0 && counts.json.used > 0)
    await server.warmUp({ codecs: 'all' })
    await call(t, server, protocol)
    t.deepEqual([counts.proto.both, counts.json.both], before)
  })

  test(`${protocol}: a warm client compiles nothing for its first calls`, async t => {
    const count = new Count()
    const server = await serve([HelloService])
    t.teardown(() => server.close())
    const hello = connect(Hello, `${protocol}://127.0.0.1:${server.port}`, { codecs: [count.of(codec)] })
    t.teardown(() => disconnect(hello))
    t.is(count.used, 0)
    await warmUp(hello)
    t.true(count.used > 0)
    const before = count.both
    await callOn(t, hello)
    t.deepEqual(count.both, before)
  })
}

/** Counts the calls of a method of a prototype for the server's instances, which have limits that no client has. */
function spied(t: ExecutionContext, prototype: object, key: string, isServers: (self: unknown) => boolean) {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>
  const original = methods[key] as (...args: unknown[]) => unknown
  t.teardown(() => {
    methods[key] = original
  })
  const count = { calls: 0 }
  methods[key] = function (...args) {
    if (isServers(this)) count.calls++
    return original.apply(this, args)
  }
  return count
}

interface Limited {
  readonly depth?: number
  readonly options?: { readonly depth: number }
}

@Message()
class Addend {
  @Field(1, double) value!: number
}

@Message()
class Addends {
  @Field(1, listOf(Addend)) all!: Addend[]
}

@Service()
class Sums {
  @Method({ accepts: Addends, returns: Addend }) async sum({ all }: Addends): Promise<Addend> {
    return { value: all.reduce((before, { value }) => before + value, 0) }
  }
}

async function sum(t: ExecutionContext, server: Server, protocol: string): Promise<void> {
  const sums = connect(Sums, `${protocol}://127.0.0.1:${server.port}`)
  t.teardown(() => disconnect(sums))
  t.like(await sums.sum({ all: [{ value: 1 }, { value: 2 }] }), { value: 3 })
}

const serversDepth = 37
const isServers = (self: unknown) => ((self as Limited).options?.depth ?? (self as Limited).depth) === serversDepth

for (const { protocol, compiles } of [
  { protocol: 'thrift', compiles: [[ThriftCompiler.prototype, 'struct']] },
  {
    protocol: 'avro',
    compiles: [
      [AvroReads.prototype, 'plan'],
      [AvroWrites.prototype, 'message'],
    ],
  },
] as const) {
  test.serial(`${protocol}: an eager server compiles nothing for its first calls`, async t => {
    const counts = compiles.map(([prototype, key]) => spied(t, prototype, key, isServers))
    const calls = () => counts.map(count => count.calls)
    const options = { limits: { depth: serversDepth }, protocols: [protocol] }
    const slow = await serve([Sums], options)
    t.teardown(() => slow.close())
    t.true(calls().every(count => count === 0))
    await sum(t, slow, protocol)
    t.true(calls().every(count => count > 0))

    const fast = await serve([Sums], { ...options, eager: true })
    t.teardown(() => fast.close())
    const before = calls()
    await sum(t, fast, protocol)
    t.deepEqual(calls(), before)
  })
}

test('a codec that the server does not have is an error', async t => {
  const server = await serve([HelloService])
  t.teardown(() => server.close())
  const error = await t.throwsAsync(server.warmUp({ codecs: ['jason'] }), { instanceOf: RpcError })
  t.is(error.reason, 'unknown_codec')
  t.regex(error.message, /^warmUp: there is no codec "jason"; it can be json, /)
})

test('an eager server with such a codec does not start', async t => {
  const error = await t.throwsAsync(serve([HelloService], { eager: { codecs: ['jason'] } }), { instanceOf: RpcError })
  t.is(error.reason, 'unknown_codec')
})

test('the event loop turns between methods', async t => {
  const server = await serve([HelloService])
  t.teardown(() => server.close())
  let turns = 0
  const turn = () => {
    turns++
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  t.teardown(() => clearImmediate(next))
  await server.warmUp()
  t.true(turns > 1)
})
