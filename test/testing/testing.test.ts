import 'reflect-metadata'
import test from 'ava'
import { Container, injectable } from 'inversify'
import { Code, disconnect, Headers, RpcError, retry, timeout, withCall } from '../../src/index.js'
import { Remote, remote } from '../../src/inversify/index.js'
import { faults, pair, recorder, VirtualClock } from '../../src/testing/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

test('a pair calls through a real codec, in any codec', async t => {
  for (const codec of ['json', 'proto']) {
    const hello = await pair(Hello, new HelloService(), { codec })
    t.is((await hello.remote.sayHello({ name: codec, tags: [] })).message, `Hello, ${codec}!`)
    await hello.close()
  }
})

test('a virtual clock drives the deadlines of a pair', async t => {
  const clock = new VirtualClock()
  const hello = await pair(Hello, new HelloService(), { client: { clock }, server: { clock } })
  const hanging = outcome(hello.remote.hang())
  await clock.advance(29_999)
  t.is(await Promise.race([hanging, 'still waiting']), 'still waiting')
  await clock.advance(1)
  t.is(((await hanging).error as RpcError).code, Code.deadline_exceeded)
  await hello.close()
})

test('an injected fault is met by the policies like a real one', async t => {
  const clock = new VirtualClock()
  const rolls = [0, 0.9]
  const policies = [faults({ code: 'unavailable', percentage: 50, random: () => rolls.shift() ?? 0.9 }), retry()]
  const service = new HelloService()
  const hello = await pair(Hello, service, { client: { clock, policies } })
  const reply = outcome(hello.remote.divide(1, 2))
  await clock.advance(100)
  t.deepEqual(await reply, { value: 0.5 })
  t.is(service.calls, 1)
  await hello.close()
})

test('faults delay and drop', async t => {
  const clock = new VirtualClock()
  const slow = await pair(Hello, new HelloService(), { client: { clock, policies: [faults({ delay: '1s' })] } })
  const reply = slow.remote.divide(1, 2)
  await clock.advance(999)
  t.is(await Promise.race([reply, 'still waiting']), 'still waiting')
  await clock.advance(1)
  t.is(await reply, 0.5)
  await slow.close()
  const silent = await pair(Hello, new HelloService(), {
    client: { clock, policies: [faults({ drop: true }), timeout('1s')] },
  })
  const dropped = outcome(silent.remote.divide(1, 2))
  await clock.advance(1000)
  t.is(((await dropped).error as RpcError).code, Code.deadline_exceeded)
  await silent.close()
  t.throws(() => faults({ percentage: 101 }), { message: /percentage must be a number from 0 to 100, got 101/ })
  for (const code of ['nope', 'ok', 14]) {
    const error = t.throws(() => faults({ code: code as never }), { message: /code must be the code of a failure/ })
    t.is((error as RpcError).reason, 'invalid_policy')
  }
})

@injectable()
class App {
  constructor(@Remote(Hello) readonly hello: Hello) {}
}

test('a server can be made to fail too, before its handler runs', async t => {
  const service = new HelloService()
  const hello = await pair(Hello, service, { server: { policies: [faults({ code: 'resource_exhausted' })] } })
  const error = (await outcome(hello.remote.divide(1, 2))).error as RpcError
  t.like(error, { code: Code.resource_exhausted })
  t.is(service.calls, 0)
  await hello.close()
})

test('with a seeded source of chance the same attempts are hit in every run', async t => {
  const hits = async () => {
    let state = 7
    const random = () => {
      state = (state * 48271) % 2147483647
      return state / 2147483647
    }
    const policies = [faults({ code: 'internal', percentage: 30, random })]
    const hello = await pair(Hello, new HelloService(), { client: { policies } })
    const all: boolean[] = []
    for (let n = 0; n < 100; n++) all.push((await outcome(hello.remote.divide(1, 2))).error !== undefined)
    await hello.close()
    return all
  }
  const first = await hits()
  t.deepEqual(await hits(), first)
  const share = first.filter(Boolean).length
  t.true(share > 15 && share < 45, `${share} of 100`)
})

test('a clock with nothing pending is one that nobody left a timer on', async t => {
  const clock = new VirtualClock()
  const hello = await pair(Hello, new HelloService(), { client: { clock }, server: { clock } })
  await hello.remote.divide(1, 2)
  await hello.close()
  t.is(clock.size, 0)
})

test('a recorder tells the options of a call, and may be disconnected', async t => {
  const { double, calls } = recorder(Hello, { divide: async () => 0.5 })
  t.is(await withCall(double, { headers: { 'x-tenant': 'a' }, timeout: '50ms' }).divide(1, 2), 0.5)
  await double.divide(1, 2)
  const [first, second] = calls
  t.is(new Headers(first?.options?.headers).get('x-tenant'), 'a')
  t.is(first?.options?.timeout, 50)
  t.is(second?.options, undefined)
  await disconnect(double)
})

test("a recorder's answers know the object they stand in, and its double can be disposed of", async t => {
  const answers = {
    half: 0.5,
    async divide() {
      return this.half
    },
  }
  await using double = recorder(Hello, answers).double
  t.is(await double.divide(1, 2), 0.5)
  t.is(await withCall(double, { timeout: '50ms' }).divide(1, 2), 0.5)
  t.is(typeof double[Symbol.asyncDispose], 'function')
})

test('a recorder stands in for a remote and tells what was called', async t => {
  const { double, calls } = recorder(Hello, { sayHello: async () => ({ message: 'recorded' }) })
  const container = new Container()
  container.bind(remote(Hello)).toConstantValue(double)
  container.bind(App).toSelf()
  const { hello } = container.get(App)
  t.is((await hello.sayHello({ name: 'x', tags: [] })).message, 'recorded')
  t.true(hello instanceof Hello)
  const error = (await outcome(hello.divide(1, 2))).error as RpcError
  t.is(error.code, Code.unimplemented)
  t.regex(error.message, /\/hello\.Hello\/Divide: the double has no reply for it/)
  const stream = await outcome(hello.watch(3)[Symbol.asyncIterator]().next())
  t.is((stream.error as RpcError).code, Code.unimplemented)
  t.deepEqual(
    calls.map(call => [call.method, call.arguments]),
    [
      ['sayHello', [{ name: 'x', tags: [] }]],
      ['divide', [1, 2]],
      ['watch', [3]],
    ],
  )
})
