import test from 'ava'
import { Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { calls } from '../suites/calls.js'
import { DivisionByZero, Order, pair, Receipt, Shop, ShopService } from './fixture.js'
import { Second } from './second-service.js'

calls('avro')

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

for (const transport of ['netty', 'framed', 'http']) {
  test(`${transport}: everything that a call can be, on the one port of a server with every protocol`, async t => {
    const service = new ShopService()
    const server = await serve([service, Second], { host: '127.0.0.1', report: () => {} })
    const shop = connect(Shop, `avro://${server.address}?transport=${transport}`)
    const second = connect(Second, `avro://${server.address}?transport=${transport}`)
    t.is(await shop.sayHello('World'), 'Hello, World!')
    t.is(await second.sayHello('World'), 'Second hello, World!')
    t.is(await second.only(), 'second')
    const order = Object.assign(new Order(), { name: 'é', counts: new Map([['x', -(2n ** 63n)]]), parent: new Order() })
    t.deepEqual(await shop.echo(order), order)
    t.is(await shop.next(2n ** 63n - 1n), -(2n ** 63n))
    const large = Buffer.alloc(1024 * 1024, 'xyz')
    t.true(Buffer.from(await shop.reverse(large)).equals(Buffer.from(large).reverse()))
    t.is((await shop.reverse(new Uint8Array(0))).length, 0)
    t.is((await t.throwsAsync(shop.divide(7, 0), { instanceOf: DivisionByZero }))?.dividend, 7)
    const error = (await t.throwsAsync(shop.fail('not_found'))) as RpcError
    t.deepEqual([error.code, error.headers?.get('x-why')], [Code.not_found, 'not_found'])
    t.is(await withCall(shop, { headers: { 'x-in': ['a', 'b'] } }).headers(), 'a,b')
    const noted = new Promise<void>(resolve => {
      service.onNote = resolve
    })
    await shop.note('one way')
    await noted
    const many = Array.from({ length: 100 }, (_, n) => shop.sayHello(String(n)))
    t.deepEqual(
      await Promise.all(many),
      many.map((_, n) => `Hello, ${n}!`),
    )
    const stopped = new Promise<void>(resolve => {
      service.onStop = resolve
    })
    const late = (await t.throwsAsync(withCall(shop, { timeout: '1s' }).hang())) as RpcError
    t.is(late.code, Code.deadline_exceeded)
    await stopped
    t.is(await shop.sayHello('after'), 'Hello, after!')
    await Promise.all([disconnect(shop), disconnect(second)])
    await server.close()
  })
}

test('mistakes in a target are told when it is made', t => {
  const shop = (query: string) => () => connect(Shop, `avro://127.0.0.1:1?${query}`)
  t.regex(
    t.throws(shop('transport=carrier-pigeon'))?.message ?? '',
    /transport must be one of netty, framed, http, got "carrier-pigeon"/,
  )
  t.regex(t.throws(shop('transport=http&path=rpc'))?.message ?? '', /path must begin with \//)
  t.regex(t.throws(shop('codec=json'))?.message ?? '', /json/)
  t.true(t.throws(shop('speed=fast')) instanceof RpcError)
})

test('a service that Avro cannot carry is served by the others, and named with Avro refused', async t => {
  const { Hello, HelloService } = await import('../../fixtures/hello.js')
  const server = await serve([HelloService, Second], { host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  t.true(server.protocols.includes('avro'))
  const second = connect(Second, `avro://${server.address}`)
  t.is(await second.only(), 'second')
  const refused = await t.throwsAsync(serve([HelloService], { protocols: ['avro'] }))
  t.regex(refused?.message ?? '', /HelloService\.watch: avro cannot carry it: Avro RPC has no streams; leave avro out/)
  const error = t.throws(() => connect(Hello, `avro://${server.address}`, { strict: true }))
  t.regex(error?.message ?? '', /avro cannot carry it: Avro RPC has no streams/)
  await disconnect(second)
})
