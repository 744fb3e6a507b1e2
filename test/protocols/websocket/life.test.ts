import test from 'ava'
import { connect, disconnect, serve, withCall } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'
import { life } from '../suites/life.js'

life('ws')

test('a call that is cancelled before its WebSocket is open gives its place to the next at once', async t => {
  const server = await serve([HelloService], { host: '127.0.0.1' })
  t.teardown(() => server.close())
  const hello = connect(Hello, `ws://${server.address}`, { limits: { connections: 1 } })
  await hello.sayHello({ name: 'a', tags: [] })
  const leaving = new AbortController()
  const left = failure(withCall(hello, { signal: leaving.signal }).sayHello({ name: 'b', tags: [] }))
  process.nextTick(() => leaving.abort())
  t.is((await left).reason, 'canceled')
  // A server that had to say goodbye first would have a second for it.
  await withCall(hello, { timeout: '900ms' }).sayHello({ name: 'c', tags: [] })
  await disconnect(hello)
})
