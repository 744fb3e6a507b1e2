import test from 'ava'
import type { Call } from '../../src/index.js'
import { connect, disconnect, retry, serve, withCall } from '../../src/index.js'
import { EtcdKv } from '../../src/resolvers/etcd-api.js'
import { entryKey } from '../../src/resolvers/etcd-entry.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { Etcd } from '../support/etcd.js'
import { freePort } from '../support/free-port.js'

/** Calls until `done` is told of an endpoint that fits; each call is an event, nothing sleeps. */
async function callUntil(hello: Hello, done: (answered: Set<string>) => boolean): Promise<Set<string>> {
  const answered = new Set<string>()
  for (let i = 0; i < 20_000 && !done(answered); i++) {
    await withCall(hello, { onEnd: (call: Call) => answered.add(call.endpoint?.address ?? '') }).divide(1, 1)
    if (i % 100 === 99) await new Promise(setImmediate)
  }
  return answered
}

const local = { host: '127.0.0.1', report: () => {} }

test('servers are found through etcd, and followed as they come and go', async t => {
  const etcd = await Etcd.start()
  const register = `etcd://${etcd.address}`
  const one = await serve([HelloService], { ...local, register })
  const hello = connect(Hello, `grpc+etcd://${etcd.address}/hello.Hello`, { report: () => {} })
  t.deepEqual([...(await callUntil(hello, seen => seen.size === 1))], [one.address])

  const two = await serve([HelloService], { ...local, register })
  t.deepEqual(await callUntil(hello, seen => seen.has(two.address)).then(seen => seen.has(two.address)), true)

  await one.close()
  const after = await callUntil(hello, seen => seen.size > 50)
  t.true(after.has(two.address))
  t.is((await outcome(hello.divide(1, 1))).error, undefined)
  await disconnect(hello)
  await two.close()
  await etcd.remove()
})

test('calls go on while etcd is away, and registrations outlive its restart', async t => {
  const etcd = await Etcd.start()
  const server = await serve([HelloService], { ...local, register: { at: `etcd://${etcd.address}`, ttl: '2s' } })
  const target = `grpc+etcd://${etcd.address}/hello.Hello`
  const hello = connect(Hello, target, { report: () => {}, policies: [retry()] })
  await hello.divide(1, 1)
  await etcd.kill()
  for (let i = 0; i < 100; i++) t.is(await hello.divide(i, 1), i)
  await etcd.up()
  const late = connect(Hello, target, { report: () => {} })
  let found = await outcome(late.divide(4, 2))
  for (let i = 0; i < 200 && found.error !== undefined; i++) {
    await new Promise(resolve => setTimeout(resolve, 50))
    found = await outcome(late.divide(4, 2))
  }
  t.is(found.value, 2)
  await Promise.all([disconnect(hello), disconnect(late)])
  await server.close()
  await etcd.remove()
})

test('an entry that is garbage is skipped with a warning, one that lies about its weight is not believed', async t => {
  const etcd = await Etcd.start()
  const server = await serve([HelloService], { ...local, register: `etcd://${etcd.address}` })
  const kv = connect(EtcdKv, `grpc://${etcd.address}`)
  const put = (name: string, value: string) =>
    kv.put({ key: entryKey('hello.Hello', name), value: Buffer.from(value), lease: 0n })
  await put('broken', '{"Addr":')
  await put('nowhere', '{"Addr":"not an address"}')
  await put('null', 'null')
  await put('liar', JSON.stringify({ Addr: server.address, Metadata: { weight: 1e300, zone: 7, priority: -1 } }))
  const warnings: string[] = []
  const hello = connect(Hello, `grpc+etcd://${etcd.address}/hello.Hello`, {
    report: error => warnings.push(String(error)),
  })
  t.is(await hello.divide(1, 2), 0.5)
  t.is(warnings.length, 4, warnings.join('\n'))
  t.is(warnings.filter(warning => /is skipped/.test(warning)).length, 3)
  const claims =
    /the entry "hello\.Hello\/liar" has an invalid weight 1e\+300 and zone 7 and priority -1, which is ignored/
  t.is(warnings.filter(warning => claims.test(warning)).length, 1)
  await Promise.all([disconnect(hello), disconnect(kv)])
  await server.close()
  await etcd.remove()
})

test('a server that cannot register does not start', async t => {
  const port = await freePort()
  const error = (await outcome(serve([HelloService], { ...local, register: `etcd://127.0.0.1:${port}` }))).error
  t.regex(String(error), /ECONNREFUSED/)
  t.regex(
    String((await outcome(serve([HelloService], { ...local, register: 'consul://a' }))).error),
    /register must be the URL of a registry, such as etcd:/,
  )
})
