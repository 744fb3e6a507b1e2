import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { inspect } from '../../src/client/inspect.js'
import { disconnect, withCall } from '../../src/client/proxy.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Safe, Service } from '../../src/decorators/service.js'
import { failover } from '../../src/policies/attempts/failover.js'
import { retry } from '../../src/policies/attempts/retry.js'
import { cached } from '../../src/policies/cached/cached.js'
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.js'
import { bulkhead } from '../../src/policies/limits/bulkhead.js'
import { rateLimit } from '../../src/policies/limits/rate-limit.js'
import { string } from '../../src/schema/algebra.js'
import { serve } from '../../src/server/start-server.js'
import { deferred } from '../support/deferred.js'

@Message('inspected.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('inspected.Echo')
class Echo {
  readonly began = deferred<void>()
  readonly wait = deferred<void>()

  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    if (word.text === 'fail') throw new RpcError('no', Code.unavailable)
    if (word.text === 'wait') {
      this.began.resolve()
      await this.wait.promise
    }
    return word
  }
}

const path = '/inspected.Echo/Say'

for (const scheme of ['grpc', 'http', 'thrift', 'avro']) {
  test(`${scheme}: both sides show their connections and calls in flight, and no call is harmed by looking`, async t => {
    const echo = new Echo()
    const server = await serve([echo], { policies: [rateLimit({ rate: 10, burst: 5 })], limits: { concurrency: 100 } })
    const remote = connect(Echo, `${scheme}://${server.address}`)
    t.teardown(async () => {
      await disconnect(remote)
      await server.close()
    })
    t.like(inspect(remote), { resolved: false, closed: false, endpoints: [] })
    const reply = remote.say({ text: 'wait' })
    await echo.began.promise
    const { endpoints, balancers } = inspect(withCall(remote, { timeout: '1s' }))
    t.deepEqual(balancers, ['adaptive'])
    t.like(endpoints[0], { address: server.address, state: 'connected', usable: true, inFlight: 1, weight: 1 })
    const { protocols, methods, policies, limits, addresses, draining } = server.inspect()
    t.deepEqual(protocols[scheme], { connections: 1, calls: 1 })
    t.deepEqual([methods, addresses, draining], [[path], [server.address], false])
    t.is(limits.concurrency, 100)
    t.like(policies[path], { rateLimit: { rate: 10, burst: 5 }, concurrency: { limit: 100, inFlight: 1 } })
    echo.wait.resolve()
    t.is((await reply).text, 'wait')
    t.is(inspect(remote).endpoints[0]?.inFlight, 0)
    await disconnect(remote)
    t.true(inspect(remote).closed)
  })
}

test('a client shows circuits, bulkheads, budgets, caches, and endpoints that are down', async t => {
  const server = await serve([Echo])
  const remote = connect(Echo, `grpc://127.0.0.1:1,${server.address}`, {
    policies: [
      circuitBreaker({ minimumCalls: 2 }),
      bulkhead({ concurrency: 3 }),
      retry({ attempts: 2, initialBackoff: 1 }),
      failover(),
      cached({ ttl: '1m' }),
    ],
    report: () => {},
  })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  await t.throwsAsync(remote.say({ text: 'fail' }))
  await t.throwsAsync(remote.say({ text: 'fail' }))
  const { endpoints, methods } = inspect(remote)
  const up = endpoints.find(({ address }) => address === server.address)
  t.is(up?.state, 'connected')
  const down = endpoints.find(({ address }) => address === '127.0.0.1:1')
  t.true(down?.state === 'idle' || (down?.state === 'down' && down.returnsIn > 0 && down.lastError !== undefined))
  const state = methods[path] as Record<string, Record<string, Record<string, unknown>>>
  t.like(state.circuitBreaker?.circuits?.[server.address] as object, { state: 'open' })
  t.like(state.bulkhead?.endpoints?.[server.address] as object, { inFlight: 0, waiting: 0, concurrency: 3 })
  t.like(state.cached, { remote: false, entries: 0 } as never)
  t.true(Number(state.retry?.retries) >= 1 && Number(state.retry?.budgetLeft) > 0)
})

test('what is no client cannot be inspected', t => {
  t.like(
    t.throws(() => inspect({})),
    { reason: 'not_a_remote' },
  )
})
