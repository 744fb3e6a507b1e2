import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type {
  CallDetail,
  CallRow,
  ClientsView,
  ConfigView,
  MethodView,
  Overview,
  ServerView,
  TrialForm,
} from '../../src/console/views.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { serve } from '../../src/hosting/serve.js'
import { retry } from '../../src/policies/attempts/retry.js'
import { balanced } from '../../src/policies/balanced.js'
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { Orders, Quote } from './contract.js'
import { json, withConsole } from './rig.js'

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

test('the overview counts calls and failures of each method, and keeps those that failed', async t => {
  const server = await withConsole(t)
  const orders = connect(Orders, `grpc://${server.address}`)
  t.teardown(() => disconnect(orders))
  await orders.divide(6, 3)
  await orders.divide(6, 2)
  await t.throwsAsync(orders.quote({ customer: 'fail' } as Quote))
  const { methods, recent, tree, attention } = await json<Overview>(`${server.consoleUrl}api/overview`)
  t.is(tree.length, 6)
  t.deepEqual(attention, [])
  const divide = methods.find(({ name }) => name === 'shop.Orders/Divide')
  t.is(sum(divide?.figures?.calls ?? []), 2)
  t.is(divide?.figures?.calls.length, 60)
  t.is(divide?.figures?.inFlight, 0)
  t.true((divide?.figures?.p50 ?? 0) > 0)
  const quote = methods.find(({ name }) => name === 'shop.Orders/Quote')
  t.deepEqual([sum(quote?.figures?.failed ?? []), sum(quote?.figures?.unhealthy ?? [])], [1, 1])
  t.is(methods.find(({ name }) => name === 'shop.Orders/Add')?.figures, null)
  const failed = recent.filter(({ code }) => code !== 'ok')
  t.deepEqual(
    failed.map(({ name, code, message, side }) => [name, code, message, side]),
    [['shop.Orders/Quote', 'unavailable', 'the bank is away', 'served']],
  )
  for (const range of ['hour', 'day']) {
    const view = await json<Overview>(`${server.consoleUrl}api/overview?range=${range}`)
    t.is(sum(view.methods.find(({ name }) => name === 'shop.Orders/Divide')?.figures?.calls ?? []), 2, range)
  }
})

test('a method has its types, its policies with who said so, and what is sensitive', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const view = await json<MethodView>(`${consoleUrl}api/method/shop.Orders/Quote`)
  t.is(view.handler, 'Orders.quote')
  t.deepEqual(view.throws, ['shop.OutOfStock'])
  t.is(view.doc, 'Asks for a price.')
  const price = view.types['shop.Price']
  t.is(price?.doc, 'What it costs.')
  t.is(price?.kind === 'message' ? price.fields[0]?.doc : undefined, 'Without taxes.')
  t.deepEqual([view.input, view.output], ['shop.Quote', 'shop.Price'])
  const quote = view.types['shop.Quote']
  t.deepEqual(quote?.kind === 'message' && quote.fields.map(({ name, type: { kind } }) => `${name} ${kind}`), [
    'customer scalar',
    'lines list',
    'gift message',
    'payment oneof',
    'labels map',
    'speed enum',
    'budget scalar',
    'deliverBy scalar',
    'attachment scalar',
    'urgent scalar',
  ])
  t.true('shop.Line' in view.types)
  t.deepEqual(
    view.layers.map(({ stage, policy, by }) => [stage, policy, by]),
    [
      ['call', 'timeout', 'default'],
      ['call', 'failover', 'default'],
      ['attempt', 'balanced', 'default'],
    ],
  )
})

/** Two replicas of which one fails every call, and a server with a console that calls them. */
async function flakyPair(t: Parameters<typeof withConsole>[0]) {
  class Broken extends Orders {
    override async divide(): Promise<number> {
      throw new RpcError('the bank is away', Code.unavailable)
    }
  }
  const replicas = await Promise.all(
    [new Broken(), new Orders()].map(one => serve([one], { protocols: ['grpc'], report: () => {} })),
  )
  for (const replica of replicas) t.teardown(() => replica.close())
  const calls = new CallHistory()
  const addresses = replicas.map(({ address }) => address)
  const orders = connect(Orders, `grpc://${addresses.join(',')}`, {
    observers: [calls],
    policies: [retry({ attempts: 3, initialBackoff: 1 }), circuitBreaker({ minimumCalls: 2 }), balanced('round-robin')],
    outlierEjection: false,
    config: { methodConfig: [{ name: [{ service: 'shop.Orders' }], timeout: '7s' }] },
  })
  t.teardown(() => disconnect(orders))
  const server = await withConsole(t, { console: { calls } })
  return { server, orders, calls, broken: addresses[0] ?? '' }
}

test('a called method shows its attempts, its circuit, and why', async t => {
  const { server, orders, broken } = await flakyPair(t)
  const url = `${server.consoleUrl}api`
  await json(`${url}/shell`)
  for (let at = 0; at < 20; at++) await orders.divide(1, 1)
  const view = await json<MethodView>(`${url}/method/shop.Orders/Divide?side=called`)
  t.is(view.method.side, 'called')
  t.is(sum(view.method.figures?.calls ?? []), 20)
  const breaker = view.layers.find(({ policy }) => policy === 'circuitBreaker')
  t.is(breaker?.now, `${broken} open`)
  t.is(breaker?.level, 'bad')
  t.is(view.layers.find(({ policy }) => policy === 'timeout')?.by, 'configuration')
  t.true(view.attention.some(({ text }) => text.includes(broken)))
  const { channels } = await json<ClientsView>(`${url}/clients`)
  const [channel] = channels
  t.deepEqual(channel?.services, ['shop.Orders'])
  const endpoint = channel?.endpoints.find(({ address }) => address === broken)
  t.is(endpoint?.circuits[0]?.state, 'open')
  t.true(sum(endpoint?.picks ?? []) >= 2)
  t.true((endpoint?.failed ?? 0) >= 2)
})

test('a kept call has its timeline, and the calls with its id', async t => {
  const { server, orders } = await flakyPair(t)
  const url = `${server.consoleUrl}api`
  await json(`${url}/shell`)
  await t.throwsAsync(orders.quote({ customer: 'fail' } as Quote))
  const [row] = await json<CallRow[]>(`${url}/calls`)
  t.is(row?.side, 'called')
  const call = await json<CallDetail>(`${url}/calls/${row?.key}`)
  t.is(call.timeline.length, 3)
  t.deepEqual(
    call.timeline.map(({ number, cause, code }) => [number, cause, code]),
    [
      [1, 'first', 'unavailable'],
      [2, 'retry', 'unavailable'],
      [3, 'retry', 'unavailable'],
    ],
  )
  t.true(call.timeline.every(({ from, to = -1 }) => from <= to && to <= call.took + 1))
  t.true(call.decisions.filter(({ policy, action }) => policy === 'retry' && action === 'retry').length === 2)
  t.true((call.deadline ?? 0) > 0)
})

test('while nobody looks calls are only counted, and failures are kept without details', async t => {
  const { server, orders, calls } = await flakyPair(t)
  await t.throwsAsync(orders.quote({ customer: 'fail' } as Quote))
  const [record] = calls.records()
  t.deepEqual(record?.attempts, [])
  t.regex(record?.peer ?? '', /^127\.0\.0\.1:/)
  const [row] = await json<CallRow[]>(`${server.consoleUrl}api/calls`)
  t.deepEqual([row?.code, row?.message], ['unavailable', 'the bank is away'])
})

test('the configuration is told apart from what is declared', async t => {
  const { server } = await flakyPair(t)
  const { sources, rows } = await json<ConfigView>(`${server.consoleUrl}api/config`)
  t.deepEqual(
    sources.map(({ side, what }) => [side, what]),
    [['called', 'given at start-up']],
  )
  const row = rows.find(one => one.side === 'called' && one.name === 'shop.Orders/Divide' && one.policy === 'timeout')
  t.regex(row?.declared ?? '', /30000 ms/)
  t.regex(row?.configured ?? '', /7000 ms/)
  t.is(row?.effective, row?.configured)
})

test('the server shows its limits, protocols and open streams', async t => {
  const server = await withConsole(t)
  const orders = connect(Orders, `grpc://${server.address}`)
  t.teardown(() => disconnect(orders))
  const url = `${server.consoleUrl}api/server`
  await json(url)
  let finish = () => {}
  const asked = new Promise<void>(resolve => {
    finish = resolve
  })
  const lines = async function* () {
    yield { sku: 'a', pieces: 1 }
    await asked
  }
  const replies = orders.chat(lines())[Symbol.asyncIterator]()
  await replies.next()
  const { streams, limits, protocols } = await json<ServerView>(url)
  t.deepEqual(
    streams.map(({ name, side, received, sent }) => [name, side, received, sent]),
    [['shop.Orders/Chat', 'served', 1, 1]],
  )
  t.deepEqual(protocols.map(({ name }) => name).sort(), ['grpc', 'http'])
  t.is(limits.find(({ name }) => name === 'messageBytes')?.max, 4 * 1024 * 1024)
  t.true((limits.find(({ name }) => name === 'connections')?.now ?? 0) >= 1)
  finish()
  t.true((await replies.next()).done)
  t.deepEqual((await json<ServerView>(url)).streams, [])
})

test('a form lists only the wires that carry its method', async t => {
  const { consoleUrl = '' } = await withConsole(t, { protocols: ['grpc', 'http'] })
  const { wires, positional } = await json<TrialForm>(`${consoleUrl}api/try/shop.Orders/Divide`)
  t.true(positional)
  t.deepEqual(
    wires.map(({ name, codecs }) => [name, codecs[0]]),
    [
      ['grpc', 'proto'],
      ['http', 'json'],
    ],
  )
})
