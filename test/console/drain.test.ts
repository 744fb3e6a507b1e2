import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { Shell } from '../../src/console/views.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Orders } from './contract.js'
import { http, json, withConsole } from './rig.js'

test('a console on a port of its own shows the drain, makes no more calls, and ends with it', async t => {
  const server = await withConsole(t, { console: { port: 0 } })
  const url = `${server.consoleUrl}api`
  const orders = connect(Orders, `grpc://${server.address}`)
  t.teardown(() => disconnect(orders))
  const stream = orders.watch({ sku: 'lamp', pieces: 1_000_000 })[Symbol.asyncIterator]()
  await stream.next()
  const closed = server.close()
  const { draining, ready, attention } = await json<Shell>(`${url}/shell`)
  t.deepEqual([draining, ready, attention.map(({ key }) => key)], [true, false, ['drain']])
  const call = { method: 'POST', body: { method: 'shop.Orders/Quote', messages: [{}] } }
  t.is((await http(`${url}/call`, call)).status, 503)
  await stream.return?.()
  await closed
  await t.throwsAsync(http(`${url}/shell`), { code: 'ECONNREFUSED' })
})

test('a stream that the console has open does not delay the drain', async t => {
  const server = await withConsole(t, { console: { port: 0 } })
  const watching = http(`${server.consoleUrl}api/call`, {
    method: 'POST',
    body: { method: 'shop.Orders/Watch', messages: [{ sku: 'lamp', pieces: 100_000_000 }] },
  })
  while (Object.values(server.inspect().protocols).every(({ calls }) => calls === 0)) await setImmediate()
  await server.close()
  await t.notThrowsAsync(watching.catch(() => {}))
})

test('until drainDelay is over a server that closes is shown as one that drains', async t => {
  const clock = new VirtualClock()
  const server = await withConsole(t, { clock, limits: { drainDelay: '5s' } })
  const url = `${server.consoleUrl}api/shell`
  t.deepEqual(await drain(url), [false, true])
  const closed = server.close()
  t.deepEqual(await drain(url), [true, false])
  clock.advance(5000)
  await closed
})

async function drain(url: string): Promise<readonly [boolean, boolean]> {
  const { draining, ready } = await json<Shell>(url)
  return [draining, ready]
}
