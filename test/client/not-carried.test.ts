// Methods that a protocol cannot carry, at the client.
import test from 'ava'
import {
  Code,
  connect,
  disconnect,
  explain,
  Field,
  int32,
  listOf,
  Message,
  Method,
  optional,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'

@Message('mixed.Unnumbered')
class Unnumbered {
  @Field(string) text = ''
}

@Message('mixed.Lists')
class Lists {
  @Field(1, optional(listOf(string))) lines?: string[]
}

@Service('mixed.Mixed')
class Mixed {
  @Method(string) @Safe() async greet(): Promise<string> {
    return 'hello'
  }

  @Method({ returns: streamOf(int32) }) async *count(): AsyncGenerator<number> {
    yield 1
  }

  @Method({ accepts: streamOf(int32), returns: int32 }) async add(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0
    for await (const n of numbers) sum += n
    return sum
  }

  @Method({ accepts: Unnumbered, returns: Unnumbered }) async echo(text: Unnumbered): Promise<Unnumbered> {
    return text
  }

  @Method({ accepts: Lists, returns: Lists }) async lists(lines: Lists): Promise<Lists> {
    return lines
  }
}

const refuses: readonly (readonly [target: string, methods: readonly (keyof Mixed)[]])[] = [
  ['thrift', ['count', 'add', 'echo']],
  ['thrift?codec=compact', ['count', 'add', 'echo']],
  ['avro', ['count', 'add']],
  ['avro?transport=http', ['count', 'add']],
  ['grpc', ['echo', 'lists']],
  ['grpc?codec=json', []],
  ['http', []],
  ['http?codec=proto', ['echo', 'lists']],
  ['http?codec=thrift-binary', ['echo']],
]

const call: { readonly [K in keyof Mixed]: (mixed: Mixed) => Promise<unknown> } = {
  greet: mixed => mixed.greet(),
  count: async mixed => {
    const seen: number[] = []
    for await (const n of mixed.count()) seen.push(n)
    return seen
  },
  add: mixed =>
    mixed.add(
      (async function* () {
        yield 1
      })(),
    ),
  echo: mixed => mixed.echo({ text: 'a' }),
  lists: mixed => mixed.lists({ lines: ['a'] }),
}

for (const [wire, methods] of refuses)
  test(`${wire}: a method that it cannot carry fails, and the others work; strict refuses at start-up`, async t => {
    const server = await serve([Mixed], { host: '127.0.0.1', report: error => t.fail(String(error)) })
    t.teardown(() => server.close())
    const target = wire.replace(/^(\w+)/, `$1://${server.address}`)
    const mixed = connect(Mixed, target)
    t.teardown(() => disconnect(mixed))
    for (const key of Object.keys(call) as (keyof Mixed)[]) {
      const { error } = await outcome(call[key](mixed))
      if (!methods.includes(key)) t.is(error, undefined, key)
      else {
        t.true(error instanceof RpcError, key)
        const { code, reason, message, delivery } = error as RpcError
        t.deepEqual(
          { code, reason, delivery },
          { code: Code.failed_precondition, reason: 'not_carried', delivery: 'unsent' },
        )
        t.regex(
          message,
          new RegExp(`^Mixed\\.${key}: ${wire.slice(0, 4)}\\w* cannot carry it: .*; connect over another`),
        )
      }
    }
    const [first] = methods
    if (first === undefined) return t.notThrows(() => connect(Mixed, target, { strict: true }))
    const error = t.throws(() => connect(Mixed, target, { strict: true }), { instanceOf: RpcError }) as RpcError
    t.is(error.reason, 'not_carried')
    t.regex(error.message, /^Mixed\.\w+: /)
    return undefined
  })

test('a configuration changes nothing for a method that is not carried', async t => {
  const config = {
    methodConfig: [{ name: [{ service: 'mixed.Mixed' }], timeout: '1s' as const, policies: { retry: {} } }],
  }
  const mixed = connect(Mixed, 'thrift://127.0.0.1:1', { config })
  t.teardown(() => disconnect(mixed))
  t.is(((await outcome(call.count(mixed))).error as RpcError).reason, 'not_carried')
  t.regex(explain(Mixed, { config }), /Count/)
})

test('a service of which nothing can be carried is refused at start-up', t => {
  @Service('mixed.Streams')
  class Streams {
    @Method({ returns: streamOf(int32) }) async *count(): AsyncGenerator<number> {}
  }
  for (const scheme of ['thrift', 'avro']) {
    const error = t.throws(() => connect(Streams, `${scheme}://127.0.0.1:1`), { instanceOf: RpcError }) as RpcError
    t.is(error.reason, 'not_carried')
  }
})
