import test from 'ava'
import { Code, connect, disconnect, etcdConfig, RpcError, type ServiceConfig, serve } from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { deferred } from '../support/deferred.js'
import { freePort } from '../support/free-port.js'

for (const url of [
  'http://127.0.0.1:2379/key',
  'etcd://127.0.0.1:2379',
  'etcd://127.0.0.1:2379/',
  'etcd:///key',
  'etcd://a b/key',
]) {
  test(`${url} is no place of a configuration`, async t => {
    const error = (await outcome(etcdConfig(url))).error as RpcError
    t.true(error instanceof RpcError)
    t.is(error.reason, 'invalid_target')
  })
}

test('without etcd there is no start, unless there is a fallback, which holds until etcd can be read', async t => {
  const url = `etcd://127.0.0.1:${await freePort()}/policies`
  const error = (await outcome(etcdConfig(url))).error as RpcError
  t.is(error.code, Code.unavailable)
  const fallback: ServiceConfig = { methodConfig: [{ name: [{}], timeout: '20ms' }] }
  const config = await etcdConfig(url, { fallback })
  const server = await serve([HelloService], { port: false, memory: 'etcd-fallback' })
  const told = deferred<unknown>()
  const hello = connect(Hello, 'memory://etcd-fallback', { config, report: told.resolve })
  t.is(((await outcome(hello.hang())).error as RpcError).code, Code.deadline_exceeded)
  t.regex(String(await told.promise), /the configuration cannot be read, and the one before stays: .*ECONNREFUSED/)
  await disconnect(hello)
  await server.close()
})

test('a server that does not come up follows nothing', async t => {
  let stopped = 0
  const config = { current: () => ({}), watch: () => () => void stopped++ }
  const settings = { port: false, config } as const
  t.is(
    ((await outcome(serve([HelloService], { ...settings, protocols: ['soap'] }))).error as RpcError).reason,
    'unknown_protocol',
  )
  t.is(stopped, 1)
})

test('a remote is closed when its configuration is no longer followed', async t => {
  const ended = deferred<void>()
  const hello = connect(Hello, 'memory://nowhere', {
    config: { current: () => ({}), watch: () => () => ended.promise },
  })
  let closed = false
  const closing = disconnect(hello).then(() => {
    closed = true
  })
  await new Promise(setImmediate)
  t.false(closed)
  ended.resolve()
  await closing
  t.true(closed)
})
