import test, { type ExecutionContext } from 'ava'
import { connectAll } from '../../../src/client/connect.js'
import { disconnect, withCall } from '../../../src/index.js'
import { failure } from '../../support/calls.js'
import { Shop, ShopService, serveAvro } from './fixture.js'
import { Second } from './second-service.js'

/** Remotes of two services, which have a connection each; that of the first one is open. */
async function both(t: ExecutionContext) {
  const { server, target } = await serveAvro([ShopService, Second])
  const remotes = connectAll([Shop, Second], target)
  const shop = remotes.get(Shop) as Shop
  const second = remotes.get(Second) as Second
  t.teardown(() => server.close())
  await shop.ping()
  return { shop, second }
}

test('a call that is cancelled while its connection is made has one outcome, and no second one that nobody takes', async t => {
  const { shop, second } = await both(t)
  const leaving = new AbortController()
  const left = failure(withCall(second, { signal: leaving.signal }).only())
  const stayed = second.only()
  setImmediate(() => leaving.abort())
  t.is((await left).reason, 'canceled')
  t.is(await stayed, 'second')
  await disconnect(shop)
})
