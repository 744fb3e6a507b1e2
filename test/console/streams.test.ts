import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { ServerView } from '../../src/console/server-views.js'
import { Orders } from './contract.js'
import { json, withConsole } from './rig.js'

test('of many open streams a hundred are listed, and all are counted', async t => {
  const server = await withConsole(t)
  const url = `${server.consoleUrl}api/server`
  t.is((await json<ServerView>(url)).streamCount, 0)
  const orders = connect(Orders, `grpc://${server.address}`)
  const streams = Array.from({ length: 104 }, () =>
    orders.watch({ sku: 'lamp', pieces: 1_000_000 })[Symbol.asyncIterator](),
  )
  await Promise.all(streams.map(stream => stream.next()))
  const view = await json<ServerView>(url)
  t.deepEqual([view.streams.length, view.streamCount, view.inFlight.streams], [100, 104, 104])
  await Promise.all(streams.map(stream => stream.return?.()))
  await disconnect(orders)
})
