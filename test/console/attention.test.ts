import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { ServerView } from '../../src/console/server-views.js'
import type { Shell } from '../../src/console/views.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { FakeEtcd } from '../support/fake-etcd.js'
import { Orders } from './contract.js'
import { json, withConsole } from './rig.js'

test('limits that are near, and failing checks, need a look', async t => {
  const server = await withConsole(t, {
    limits: { connections: 4, concurrency: 1 },
    health: { database: () => false },
  })
  const url = `${server.consoleUrl}api`
  const texts = async () => {
    const { attention, ready } = await json<Shell>(`${url}/shell`)
    return { texts: attention.map(({ text }) => text), ready }
  }
  t.deepEqual(await texts(), { texts: [], ready: true })
  t.deepEqual((await json<ServerView>(`${url}/server`)).checks, [{ name: 'database', passes: null }])
  t.false(await server.ready())
  const open = await Promise.all(
    [1, 2].map(async () => {
      const socket = connectSocket(server.port, '127.0.0.1')
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await once(socket, 'data')
      return socket
    }),
  )
  const orders = connect(Orders, `grpc://${server.address}`)
  const stream = orders.watch({ sku: 'lamp', pieces: 1_000_000 })[Symbol.asyncIterator]()
  t.teardown(async () => {
    for (const socket of open) socket.destroy()
    await stream.return?.()
    await disconnect(orders)
  })
  await stream.next()
  const found = await texts()
  t.false(found.ready)
  t.deepEqual(found.texts.toSorted(), [
    'The health check database fails: the server is not ready.',
    'The limit concurrency is near: 1 of 1 calls in flight, all services.',
    'The limit connections is near: 4 of 4 open connections.',
  ])
  t.deepEqual((await json<ServerView>(`${url}/server`)).checks, [{ name: 'database', passes: false }])
})

test('a registry that does not answer needs a look, and so the server says until it does', async t => {
  const clock = new VirtualClock()
  const etcd = await FakeEtcd.start()
  const { port } = etcd
  const register = { at: `etcd://${etcd.address}`, ttl: 9000 }
  const server = await withConsole(t, { host: '127.0.0.1', clock, register })
  const texts = async () => (await json<Shell>(`${server.consoleUrl}api/shell`)).attention.map(({ text }) => text)
  t.deepEqual(await texts(), [])
  await etcd[Symbol.asyncDispose]()
  while (server.inspect().registration?.state !== 'failing') {
    await clock.advance(3000)
    await new Promise(setImmediate)
  }
  t.deepEqual(await texts(), [`${register.at} does not take the entry of this server; clients lose it with its lease.`])
  const again = await FakeEtcd.start(port)
  t.teardown(() => again[Symbol.asyncDispose]())
  while (server.inspect().registration?.state !== 'registered') {
    await clock.advance(10)
    await new Promise(setImmediate)
  }
  t.deepEqual(await texts(), [])
})
