import test from 'ava'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { DivisionByZero, type Tick } from '../../fixtures/hello.js'
import { callOf, collect, serveHello } from './loopback.js'

test('a unary call there and back', async t => {
  const server = await serveHello()
  const link = await server.dial()
  t.like(await link.handle(callOf('sayHello', { name: 'World', tags: [] })), { message: 'Hello, World!' })
  t.is(await link.handle(callOf('divide', { dividend: 1, divisor: 4 })), 0.25)
  t.is(await link.handle(callOf('ping', {})), undefined)
  await server.close()
})

test('a safe method by GET', async t => {
  const server = await serveHello({ client: { options: { get: 'true' } } })
  const link = await server.dial()
  t.like(await link.handle(callOf('sayHello', { name: 'Wörld & co?', tags: [] })), { message: 'Hello, Wörld & co?!' })
  t.is(await link.handle(callOf('divide', { dividend: 1, divisor: 4 })), 0.25)
  await server.close()
})

test('a declared error arrives as its class, with fields, message and code', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const error = await t.throwsAsync(link.handle(callOf('divide', { dividend: 7, divisor: 0 })))
  t.true(error instanceof DivisionByZero)
  t.like(error, { dividend: 7, message: 'cannot divide by zero', code: Code.invalid_argument })
  await server.close()
})

test('an undeclared error arrives with its code, and what is no RpcError says nothing', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const error = (await t.throwsAsync(link.handle(callOf('fail', { how: 'not_found' })))) as RpcError
  t.is(error.code, Code.not_found)
  t.is(error.headers?.get('x-why'), 'not_found')
  const internal = (await t.throwsAsync(link.handle(callOf('fail', { how: 'error' })))) as RpcError
  t.is(internal.code, Code.internal)
  t.notRegex(internal.message, /secret/)
  t.is(server.reports.length, 1)
  await server.close()
})

test('headers both ways, several of one name, and bytes', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const call = callOf(
    'headers',
    { name: '', tags: [] },
    { headers: { 'x-in': ['a', 'b'], 'x-b-bin': new Uint8Array([0, 255]) } },
  )
  t.like(await link.handle(call), { message: 'a,b' })
  t.is(call.replyHeaders.get('x-head'), 'first')
  t.deepEqual([...(call.replyHeaders.get('x-bytes-bin') ?? [])], [1, 2, 255])
  t.is(call.replyTrailers.get('x-tail'), 'last')
  await server.close()
})

test('streams of every kind', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const watched = await collect<Tick>(await link.handle(callOf('watch', { upTo: 100 })))
  t.deepEqual(
    watched.map(tick => tick.n),
    Array.from({ length: 100 }, (_, at) => at + 1),
  )
  t.is(await link.handle(callOf('add', ticks(10))), 55)
  const doubled = await collect<Tick>(await link.handle(callOf('chat', ticks(3))))
  t.deepEqual(
    doubled.map(tick => tick.n),
    [2, 4, 6],
  )
  await server.close()
})

test('both directions of a stream at once', async t => {
  const server = await serveHello()
  const link = await server.dial()
  let send: (n: number) => void = () => {}
  async function* asked() {
    for (let n = 1; n < 5; ) {
      yield { n }
      n = await new Promise<number>(resolve => {
        send = resolve
      })
    }
  }
  const seen: number[] = []
  for await (const { n } of (await link.handle(callOf('chat', asked()))) as AsyncIterable<Tick>) {
    seen.push(n)
    send(n)
  }
  t.deepEqual(seen, [2, 4, 8])
  await server.close()
})

async function* ticks(count: number) {
  for (let n = 1; n <= count; n++) yield { n }
}

test('a failed dial is unsent', async t => {
  const server = await serveHello()
  await server.close()
  const error = (await t.throwsAsync(server.dial())) as RpcError
  t.true(error instanceof RpcError)
  t.like(error, { code: Code.unavailable, delivery: 'unsent', reason: 'connect_failed' })
})
