import test from 'ava'
import { Code, RpcError, withCall } from '../../../src/index.js'
import { DivisionByZero, Order, pair, Receipt } from './fixture.js'

test('a call arrives as its classes on both sides', async t => {
  const { shop, close } = await pair()
  t.is(await shop.sayHello('World'), 'Hello, World!')
  const receipt = await shop.order({ name: 'pens', pieces: 3, tags: [], counts: new Map() })
  t.true(receipt instanceof Receipt)
  t.is(receipt.text, '3 pens')
  const order = Object.assign(new Order(), {
    name: 'naïve — 日本語 \u{1F600}',
    tags: ['a', ''],
    counts: new Map([['x', 2n ** 63n - 1n]]),
    parent: Object.assign(new Order(), { pieces: 0 }),
  })
  const echoed = await shop.echo(order)
  t.deepEqual(echoed, order)
  t.is(await shop.divide(1, 4), 0.25)
  t.is(await shop.ping(), undefined)
  await close()
})

test('64-bit integers are exact, and payloads may be empty or large', async t => {
  const { shop, close } = await pair()
  t.is(await shop.next(-(2n ** 63n)), -(2n ** 63n) + 1n)
  t.is(await shop.next(2n ** 63n - 2n), 2n ** 63n - 1n)
  t.is(await shop.next(2n ** 53n), 2n ** 53n + 1n)
  t.is(await shop.sayHello(''), 'Hello, !')
  t.deepEqual(await shop.reverse(new Uint8Array(0)), new Uint8Array(0))
  const large = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => at % 251)
  t.true(Buffer.from(await shop.reverse(large)).equals(Uint8Array.from(large).reverse()))
  await close()
})

test('a declared error arrives as its class, fields and all', async t => {
  const { shop, close } = await pair()
  const error = await t.throwsAsync(shop.divide(7, 0), { instanceOf: DivisionByZero })
  t.is(error?.dividend, 7)
  t.is(error?.code, Code.invalid_argument)
  t.is(error?.message, 'cannot divide by zero')
  await close()
})

test('any other error arrives with its code and headers, and nothing internal', async t => {
  const { shop, reported, close } = await pair()
  const error = (await t.throwsAsync(shop.fail('not_found'))) as RpcError
  t.is(error.code, Code.not_found)
  t.is(error.message, 'failed with not_found')
  t.is(error.headers?.get('x-why'), 'not_found')
  const hidden = (await t.throwsAsync(shop.fail('error'), { instanceOf: RpcError })) as RpcError
  t.is(hidden.code, Code.internal)
  t.notRegex(hidden.message, /secret/)
  t.is(reported.length, 1)
  await close()
})

test('headers and trailers travel both ways, bytes and repeated ones too', async t => {
  const { shop, close } = await pair()
  let seen: unknown[] = []
  const remote = withCall(shop, {
    headers: { 'x-in': ['a', 'b'] },
    onEnd: call => {
      seen = [
        call.replyHeaders.get('x-head'),
        call.replyHeaders.get('x-bytes-bin'),
        call.replyTrailers.get('x-tail'),
        call.replyHeaders.has('x-tail'),
      ]
    },
  })
  t.is(await remote.headers(), 'a,b')
  t.deepEqual(seen, ['first', new Uint8Array([1, 2, 255]), 'last', false])
  await close()
})

test('a one-way call does not wait, and arrives', async t => {
  const { shop, service, close } = await pair()
  const noted = new Promise<void>(resolve => {
    service.onNote = resolve
  })
  t.is(await shop.note('remember'), undefined)
  await noted
  t.deepEqual(service.notes, ['remember'])
  t.is(await shop.sayHello('again'), 'Hello, again!')
  await close()
})

test('replies come in any order', async t => {
  const { shop, service, close } = await pair()
  const hanging = shop.hang()
  const calls = Array.from({ length: 200 }, (_, n) => shop.sayHello(String(n)))
  t.deepEqual(
    await Promise.all(calls),
    calls.map((_, n) => `Hello, ${n}!`),
  )
  service.hanging[0]?.()
  t.is(await hanging, undefined)
  await close()
})

test('a deadline ends the call on both sides, and its late reply is dropped', async t => {
  const { shop, service, close } = await pair()
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  // The connection stands, so that the call reaches the server before its deadline.
  await shop.ping()
  const error = (await t.throwsAsync(withCall(shop, { timeout: '1s' }).hang())) as RpcError
  t.is(error.code, Code.deadline_exceeded)
  await stopped
  t.is(await shop.sayHello('after'), 'Hello, after!')
  await close()
})

test('a value that does not fit is refused before it is sent', async t => {
  const { shop, close } = await pair()
  const error = (await t.throwsAsync(shop.order({ name: 5 } as unknown as Order))) as RpcError
  t.is(error.code, Code.invalid_argument)
  t.regex(error.message, /name: expected string, got number 5/)
  t.is(await shop.sayHello('still'), 'Hello, still!')
  await close()
})
