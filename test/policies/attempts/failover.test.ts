import test from 'ava'
import type { ActiveCall } from '../../../src/extend.js'
import type { Delivery } from '../../../src/index.js'
import { Code, failover, Headers, RpcError, retry } from '../../../src/index.js'
import { noFailover, transparentRetry } from '../../../src/policies/attempts/failover.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

/** Picks the first endpoint that was not tried; each answers or fails as told. */
function endpoints(behaviours: readonly (Delivery | 'ok')[]) {
  const visits: string[] = []
  const handler = async (call: ActiveCall) => {
    const at = behaviours.findIndex((_, i) => !call.tried?.some(one => one.address === `e${i}`))
    if (at < 0) throw new RpcError('none left', Code.unavailable, { reason: 'no_endpoint', delivery: 'unsent' })
    call.setEndpoint({ address: `e${at}` })
    visits.push(`e${at}`)
    const behaviour = behaviours[at] as Delivery | 'ok'
    if (behaviour === 'ok') return `reply of e${at}`
    throw new RpcError(`e${at} is ${behaviour}`, Code.unavailable, { delivery: behaviour })
  }
  return { visits, handler }
}

test('an endpoint that cannot take the call is left for another at once', async t => {
  const { call, wrap } = rig()
  const { visits, handler } = endpoints(['unsent', 'refused', 'ok'])
  t.deepEqual(await outcome(wrap([failover({ endpoints: 3 })], handler)(call())), { value: 'reply of e2' })
  t.deepEqual(visits, ['e0', 'e1', 'e2'])
})

test('without failover the first failure is that of the call', async t => {
  for (const delivery of ['unsent', 'refused'] as const) {
    const { call, wrap } = rig()
    const { visits, handler } = endpoints([delivery, 'ok'])
    t.is(((await outcome(wrap([noFailover], handler)(call()))).error as RpcError).message, `e0 is ${delivery}`)
    t.deepEqual(visits, ['e0'])
  }
})

test('what may have reached a handler is not sent elsewhere', async t => {
  const { call, wrap } = rig()
  const { visits, handler } = endpoints(['unknown', 'ok'])
  t.is(((await outcome(wrap([failover()], handler)(call()))).error as RpcError).message, 'e0 is unknown')
  t.deepEqual(visits, ['e0'])
})

test('what two endpoints could not take and a third may have is not sent again', async t => {
  for (const policy of [failover(), transparentRetry])
    for (const first of ['unsent', 'refused'] as const) {
      const { call, wrap, clock } = rig(methodInfo('unknown'))
      const { visits, handler } = endpoints([first, 'unsent', 'unknown', 'ok'])
      const ended = outcome(wrap([retry({ attempts: 2 }), policy], handler)(call()))
      await clock.advance(10_000)
      const error = (await ended).error as RpcError
      t.is(error.delivery, 'unknown')
      t.is(error.message, 'e2 is unknown')
      t.deepEqual(visits, ['e0', 'e1', 'e2'])
    }
})

test('what is wrong with the call itself is the same everywhere, so it is not sent elsewhere', async t => {
  const { call, wrap } = rig()
  let attempts = 0
  const handler = wrap([transparentRetry], async active => {
    attempts++
    active.setEndpoint({ address: 'a' })
    throw new RpcError('it does not fit', Code.invalid_argument, { delivery: 'unsent' })
  })
  t.is(((await outcome(handler(call()))).error as RpcError).code, Code.invalid_argument)
  t.is(attempts, 1)
})

test('the error at the end names every endpoint that was tried, and why', async t => {
  const { call, wrap } = rig()
  const { handler } = endpoints(['unsent', 'refused', 'unsent', 'ok'])
  const error = (await outcome(wrap([failover({ endpoints: 3 })], handler)(call()))).error as RpcError
  t.is(error.reason, 'all_endpoints_failed')
  t.is(error.code, Code.unavailable)
  for (const part of ['/test.Service/Do', 'e0: e0 is unsent', 'e1: e1 is refused', 'e2: e2 is unsent'])
    t.true(error.message.includes(part), part)
})

test('where every endpoint refused, their code and pushback reach the caller', async t => {
  const { call, wrap } = rig()
  const handler = wrap([failover({ endpoints: 3 })], async active => {
    const at = active.tried?.length ?? 0
    if (at === 2) throw new RpcError('none left', Code.unavailable, { reason: 'no_endpoint', delivery: 'unsent' })
    active.setEndpoint({ address: `e${at}` })
    const headers = new Headers({ 'grpc-retry-pushback-ms': '70' })
    throw new RpcError('over the rate', Code.resource_exhausted, { delivery: 'refused', headers })
  })
  const error = (await outcome(handler(call()))).error as RpcError
  t.is(error.code, Code.resource_exhausted)
  t.is(error.headers?.get('grpc-retry-pushback-ms'), '70')
})

test('every retry may use every endpoint again', async t => {
  const { clock, call, wrap } = rig()
  const { visits, handler } = endpoints(['unsent', 'unsent'])
  const result = outcome(wrap([retry({ attempts: 2 }), failover({ endpoints: 2 })], handler)(call()))
  await clock.advance(1000)
  await result
  t.deepEqual(visits, ['e0', 'e1', 'e0', 'e1'])
})

test('without the decorator, what never left the process moves on and a refusal does once', async t => {
  const one = rig()
  const unsent = endpoints(['unsent', 'unsent', 'unsent', 'unsent', 'ok'])
  t.deepEqual(await outcome(one.wrap([transparentRetry], unsent.handler)(one.call())), { value: 'reply of e4' })
  const refused = endpoints(['refused', 'refused', 'ok'])
  await outcome(one.wrap([transparentRetry], refused.handler)(one.call()))
  t.deepEqual(refused.visits, ['e0', 'e1'])
})

test('where there is one endpoint, what refused because it is too busy is not asked again at once', async t => {
  for (const [code, times] of [
    [Code.unavailable, 2],
    [Code.resource_exhausted, 1],
    [Code.invalid_argument, 1],
  ] as const) {
    const { call, wrap } = rig()
    let asked = 0
    const handler = wrap([transparentRetry], async active => {
      if (active.tried !== undefined)
        throw new RpcError('none left', Code.unavailable, { reason: 'no_endpoint', delivery: 'unsent' })
      active.setEndpoint({ address: 'only' })
      asked++
      throw new RpcError('no', code, { delivery: 'refused' })
    })
    t.is(((await outcome(handler(call()))).error as RpcError).code, code)
    t.is(asked, times, Code[code])
  }
})
