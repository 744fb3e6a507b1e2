import test from 'ava'
import type { Clock } from '../../../src/extend.js'
import { type Call, Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { DivisionByZero, Hello, HelloReply, HelloService, type Tick } from '../../fixtures/hello.js'

async function pair(name: string, clock?: Clock) {
  const timed = clock === undefined ? {} : { clock }
  const service = new HelloService()
  const reported: unknown[] = []
  const server = await serve([service], { port: false, memory: name, report: error => reported.push(error), ...timed })
  const hello = connect(Hello, `memory://${name}`, timed)
  return { service, server, hello, reported, close: () => Promise.all([disconnect(hello), server.close()]) }
}

test('a call arrives as its classes on both sides', async t => {
  const { hello, close } = await pair('classes')
  const reply = await hello.sayHello({ name: 'World', tags: [] })
  t.true(reply instanceof HelloReply)
  t.is(reply.message, 'Hello, World!')
  t.is(await hello.divide(1, 4), 0.25)
  t.is(await hello.ping(), undefined)
  t.true(hello instanceof Hello)
  await close()
})

test('a declared error arrives as its class, fields and all', async t => {
  const { hello, close } = await pair('declared')
  const error = await t.throwsAsync(hello.divide(7, 0), { instanceOf: DivisionByZero })
  t.is(error?.dividend, 7)
  t.is(error?.code, Code.invalid_argument)
  t.is(error?.message, 'cannot divide by zero')
  await close()
})

test('what is no RpcError stays on the server', async t => {
  const { hello, close, reported } = await pair('undeclared')
  const error = (await t.throwsAsync(hello.fail('error'), { instanceOf: RpcError })) as RpcError
  t.is(error.code, Code.internal)
  t.notRegex(error.message, /secret/)
  t.is(reported.length, 1)
  const plain = (await t.throwsAsync(hello.fail('undeclared'))) as RpcError
  t.false(plain instanceof DivisionByZero)
  t.is(plain.code, Code.invalid_argument)
  await close()
})

test('a handler that hangs ends by the deadline, and is told', async t => {
  const clock = new VirtualClock()
  const { hello, service, close } = await pair('hang', clock)
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const call = t.throwsAsync(withCall(hello, { timeout: '20ms' }).hang())
  await clock.advance(20)
  const error = (await call) as RpcError
  t.is(error.code, Code.deadline_exceeded)
  await stopped
  t.is(service.stopped, 1)
  await close()
})

test('a signal cancels the call on both sides', async t => {
  const { hello, service, close } = await pair('signal')
  const controller = new AbortController()
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const call = withCall(hello, { signal: controller.signal }).hang()
  setImmediate(() => controller.abort())
  t.is(((await t.throwsAsync(call)) as RpcError).code, Code.canceled)
  await stopped
  await close()
})

test('headers and trailers go both ways', async t => {
  const { hello, close } = await pair('headers')
  let ended: Call | undefined
  const remote = withCall(hello, { headers: { 'x-in': ['a', 'b'] }, onEnd: call => (ended = call) })
  t.is((await remote.headers({ name: '', tags: [] })).message, 'a,b')
  t.is(ended?.replyHeaders.get('x-head'), 'first')
  t.deepEqual(ended?.replyHeaders.get('x-bytes-bin'), new Uint8Array([1, 2, 255]))
  t.is(ended?.replyTrailers.get('x-tail'), 'last')
  await close()
})

async function* ticks(count: number): AsyncGenerator<Tick> {
  for (let n = 1; n <= count; n++) yield { n }
}

test('streams in, out and both ways', async t => {
  const { hello, close } = await pair('streams')
  const seen: number[] = []
  for await (const { n } of hello.watch(3)) seen.push(n)
  t.deepEqual(seen, [1, 2, 3])
  t.is(await hello.add(ticks(4)), 10)
  const doubled: number[] = []
  for await (const { n } of hello.chat(ticks(3))) doubled.push(n)
  t.deepEqual(doubled, [2, 4, 6])
  await close()
})

test('leaving a stream cancels it at the server', async t => {
  const { hello, service, close } = await pair('leave')
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  for await (const { n } of hello.watch(1000)) if (n === 2) break
  await stopped
  t.is(service.stopped, 1)
  await close()
})

test('closing the server waits for the calls it serves, and cancels them at the drain limit', async t => {
  const service = new HelloService()
  const server = await serve([service], { port: false, memory: 'drain', limits: { drainTimeout: 30 } })
  const hello = connect(Hello, 'memory://drain')
  const stopped = new Promise<void>(resolve => (service.onStop = resolve))
  const call = hello.hang().catch((error: unknown) => error)
  const done = hello.sayHello({ name: 'World', tags: [] })
  await done
  await server.close()
  await stopped
  t.is(((await call) as RpcError).code, Code.unavailable)
  await disconnect(hello)
})

test('a call whose deadline has passed never reaches the handler', async t => {
  const { hello, service, close } = await pair('expired')
  const error = (await t.throwsAsync(withCall(hello, { timeout: 0 }).hang())) as RpcError
  t.is(error.code, Code.deadline_exceeded)
  t.is(service.stopped, 0)
  await close()
})

test('an argument that the schema does not know is no call', async t => {
  const { hello, close } = await pair('surplus')
  const divide = hello.divide.bind(hello) as (...args: unknown[]) => Promise<number>
  const error = (await t.throwsAsync(divide(1, 2, 3))) as RpcError
  t.is(error.reason, 'too_many_arguments')
  t.regex(error.message, /\/hello\.Hello\/Divide takes 2 argument\(s\), got 3/)
  t.is(await divide(1, 2, undefined), 0.5)
  await close()
})
