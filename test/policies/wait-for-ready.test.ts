import test from 'ava'
import { Code, type Delivery, RpcError, waitForReady } from '../../src/index.js'
import { outcome, rig } from '../support/calls.js'

function unready(until: number, delivery: Delivery = 'unsent') {
  const base = rig()
  const at: number[] = []
  const handler = base.wrap([waitForReady()], async () => {
    at.push(base.clock.now())
    if (base.clock.now() >= until) return 'reply'
    throw new RpcError('nobody there', Code.unavailable, { delivery })
  })
  return { ...base, at, handler }
}

test('a call waits until somebody can take it', async t => {
  const { clock, call, at, handler } = unready(5000)
  const active = call()
  const result = handler(active)
  await clock.advance(10_000)
  t.is(await result, 'reply')
  t.deepEqual(at.slice(0, 4), [0, 50, 150, 350])
  active.finish()
  t.is(clock.size, 0)
})

test('it waits no longer than its deadline, ends when cancelled, and what was sent is not sent again', async t => {
  const late = unready(5000)
  const result = outcome(late.handler(late.call(1000)))
  await late.clock.advance(1000)
  t.is(((await result).error as RpcError).message, 'nobody there')

  const given = unready(5000)
  const active = given.call()
  const ended = outcome(given.handler(active))
  await given.clock.advance(10)
  active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await ended).error as RpcError).message, 'enough')

  const sent = unready(5000, 'unknown')
  t.is(((await outcome(sent.handler(sent.call()))).error as RpcError).message, 'nobody there')
  t.is(sent.at.length, 1)
})
