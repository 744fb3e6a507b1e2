import { readFileSync } from 'node:fs'
import test from 'ava'
import { type ConnectOptions, connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { ConfigSource } from '../../src/config/config-source.js'
import type { ServerView } from '../../src/console/server-views.js'
import type { TrialForm } from '../../src/console/trial-views.js'
import type {
  CallDetail,
  CallRow,
  ClientsView,
  ConfigView,
  MethodView,
  Overview,
  Tree,
} from '../../src/console/views.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Method, Service } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { retry } from '../../src/policies/attempts/retry.js'
import { balanced } from '../../src/policies/balanced.js'
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.js'
import { double } from '../../src/schema/algebra.js'
import type { ServerInspection } from '../../src/server/inspection.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { FakeEtcd } from '../support/fake-etcd.js'
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
  const { methods, recent, methodCount, attention, found, traffic } = await json<Overview>(
    `${server.consoleUrl}api/overview`,
  )
  t.deepEqual([methodCount, found, methods.length], [6, 6, 6])
  t.deepEqual([sum(traffic.served.calls), sum(traffic.called.calls)], [3, 0])
  const tree = await json<Tree>(`${server.consoleUrl}api/tree`)
  t.deepEqual(
    tree.map(({ name }) => name),
    methods.map(({ name }) => name),
  )
  const divided = await json<Overview>(`${server.consoleUrl}api/overview?find=${encodeURIComponent('orders DIV')}`)
  t.deepEqual([divided.methods.map(({ name }) => name), divided.found], [['shop.Orders/Divide'], 1])
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

/** The addresses of two replicas, of which the first fails every division. */
async function brokenAndGood(t: Parameters<typeof withConsole>[0]): Promise<readonly string[]> {
  class Broken extends Orders {
    override async divide(): Promise<number> {
      throw new RpcError('the bank is away', Code.unavailable)
    }
  }
  const replicas = await Promise.all(
    [new Broken(), new Orders()].map(one => serve([one], { protocols: ['grpc'], report: () => {} })),
  )
  for (const replica of replicas) t.teardown(() => replica.close())
  return replicas.map(({ address }) => address)
}

/** Two replicas of which one fails every call, and a server with a console that calls them. */
async function flakyPair(
  t: Parameters<typeof withConsole>[0],
  outlierEjection: ConnectOptions['outlierEjection'] = false,
) {
  const addresses = await brokenAndGood(t)
  const calls = new CallHistory()
  const orders = connect(Orders, `grpc://${addresses.join(',')}`, {
    observers: [calls],
    policies: [retry({ attempts: 3, initialBackoff: 1 }), circuitBreaker({ minimumCalls: 2 }), balanced('round-robin')],
    outlierEjection,
    config: { methodConfig: [{ name: [{ service: 'shop.Orders' }], timeout: '7s' }] },
  })
  t.teardown(() => disconnect(orders))
  const server = await withConsole(t, { console: { calls } })
  return { server, orders, calls, broken: addresses[0] ?? '' }
}

test('a called method shows how many hedges were sent, and how many won', async t => {
  const addresses = await brokenAndGood(t)
  const calls = new CallHistory()
  const orders = connect(Orders, `grpc://${addresses.join(',')}`, {
    observers: [calls],
    policies: [balanced('round-robin')],
    config: {
      methodConfig: [
        { name: [{ service: 'shop.Orders', method: 'Divide' }], policies: { hedge: { delay: '5s', maxExtraLoad: 1 } } },
      ],
    },
  })
  t.teardown(() => disconnect(orders))
  const server = await withConsole(t, { console: { calls } })
  const view = () => json<MethodView>(`${server.consoleUrl}api/method/shop.Orders/Divide?side=called`)
  await view()
  for (let at = 0; at < 10; at++) await orders.divide(1, 1)
  const { method, layers } = await view()
  const did = Object.fromEntries((method.figures?.work ?? []).map(({ action, count }) => [action, count]))
  t.deepEqual(did, { hedge: 5, won: 5 })
  t.regex(layers.find(({ policy }) => policy === 'hedge')?.now ?? '', /^5 sent, 5 won, /)
})

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
  const { work = [] } = view.method.figures ?? {}
  const moved = work.find(({ policy }) => policy === 'failover')?.count ?? 0
  t.true(moved > 0, 'an open circuit moves calls on')
  t.is(view.layers.find(({ policy }) => policy === 'failover')?.now, `${moved} moved`)
  t.true(work.some(({ policy, action }) => policy === 'retry' && action === 'retry'))
  t.is(view.layers.find(({ policy }) => policy === 'timeout')?.by, 'configuration')
  const notice = view.attention.find(({ text }) => text.includes(broken))
  t.is(notice?.method, 'shop.Orders/Divide')
  const { attention } = await json<Overview>(`${url}/overview`)
  t.true((attention[0]?.age ?? -1) >= (notice?.age ?? 0), 'it is the same notice as before')
  const { vitals, connectedEndpoints } = await json<Overview>(`${url}/overview`)
  t.is(connectedEndpoints, 2)
  t.true(vitals.collecting >= 0 && vitals.collecting <= 100)
  const { channels } = await json<ClientsView>(`${url}/clients`)
  const [channel] = channels
  t.deepEqual(channel?.services, ['shop.Orders'])
  const endpoint = channel?.endpoints.find(({ address }) => address === broken)
  t.is(endpoint?.circuits[0]?.state, 'open')
  t.regex(endpoint?.circuits[0]?.why ?? '', /^(trials in \d+\.\d s|the next call is a trial)$/)
  t.is(channel?.otherPicks, null)
  t.true(sum(endpoint?.picks ?? []) >= 2)
  t.is(endpoint?.failed, 2, 'then its circuit opens, and what that turns away did not fail there')
  t.is(endpoint?.turnedAway, sum(endpoint?.picks ?? []) - 2)
})

test('a channel shows the endpoints that it ejected', async t => {
  const { server, orders, broken } = await flakyPair(t, { consecutiveFailures: 1 })
  for (let at = 0; at < 4; at++) await orders.divide(1, 1)
  const { channels } = await json<ClientsView>(`${server.consoleUrl}api/clients`)
  t.deepEqual(
    channels[0]?.ejected.map(({ endpoint }) => endpoint),
    [broken],
  )
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
  t.is(call.idempotency, 'safe')
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
  const { streams, limits, protocols, inFlight, version, registration, configs } = await json<ServerView>(url)
  t.deepEqual(inFlight, { unary: 0, streams: 1 })
  t.is(version, JSON.parse(readFileSync('package.json', 'utf8')).version)
  t.deepEqual([registration, configs], [null, []])
  t.deepEqual(
    streams.map(({ name, side, received, sent, unread, unsent }) => [name, side, received, sent, unread, unsent]),
    [['shop.Orders/Chat', 'served', 1, 1, 0, 0]],
  )
  t.deepEqual(protocols.map(({ name }) => name).sort(), ['grpc', 'http'])
  const largest = limits.find(({ name }) => name === 'messageBytes')
  t.is(largest?.max, 4 * 1024 * 1024)
  // Of a line with a sku of one letter.
  t.true((largest?.peak ?? 0) > 0 && (largest?.peak ?? 0) < 100)
  t.true((limits.find(({ name }) => name === 'connections')?.now ?? 0) >= 1)
  const { connections, limits: now } = await json<ServerView>(url)
  const [first] = connections.filter(({ protocol }) => protocol === 'grpc')
  t.like(first, { calls: 1, secure: false })
  t.regex(first?.peer ?? '', /^127\.0\.0\.1:\d+$/)
  t.true((first?.bytesRead ?? 0) > 0 && (first?.bytesWritten ?? 0) > 0 && (first?.age ?? -1) >= 0)
  t.true((now.find(({ name }) => name === 'connections')?.peak ?? 0) >= 2)
  t.is(now.find(({ name }) => name === 'concurrency')?.peak, 1)
  t.like(
    now.find(({ name }) => name === 'callsPerConnection'),
    { now: 1, max: 1000 },
  )
  t.is(server.inspect().busiestConnection, 1)
  // A tenth of all connections, without a figure for loopback, which has no bound by default.
  t.like(
    now.find(({ name }) => name === 'connectionsPerPeer'),
    { now: 0, max: 1000, peak: 0 },
  )
  finish()
  t.true((await replies.next()).done)
  t.deepEqual((await json<ServerView>(url)).streams, [])
})

test('the server shows its entry in a registry, and which configuration is in force', async t => {
  const etcd = await FakeEtcd.start()
  t.teardown(() => etcd[Symbol.asyncDispose]())
  let change = (_config: unknown) => {}
  const config: ConfigSource = {
    current: () => ({}),
    watch: changed => {
      change = changed
      return () => {}
    },
  }
  const register = { at: `etcd://${etcd.address}`, ttl: '9s' as const }
  const server = await withConsole(t, { host: '127.0.0.1', register, config })
  const entry = { registry: register.at, address: server.address, ttl: 9000, state: 'registered' }
  t.deepEqual(server.inspect().registration, entry as ServerInspection['registration'])
  const view = () => json<ServerView>(`${server.consoleUrl}api/server`)
  t.deepEqual((await view()).registration, entry)
  t.deepEqual((await view()).configs, [{ side: 'served', revision: 1, refused: false }])
  change({ methodConfig: [{ name: [{}], policies: { circutBreaker: {} } }] })
  t.deepEqual((await view()).configs, [{ side: 'served', revision: 1, refused: true }])
})

test('the server shows what its limits refused', async t => {
  const server = await withConsole(t, { limits: { messageBytes: 2000, concurrency: 1 } })
  const orders = connect(Orders, `grpc://${server.address}`)
  const open = orders.watch({ sku: 'lamp', pieces: 1_000_000 })[Symbol.asyncIterator]()
  t.teardown(async () => {
    await open.return?.()
    await disconnect(orders)
  })
  const refused = async () => {
    const { limits } = await json<ServerView>(`${server.consoleUrl}api/server`)
    return Object.fromEntries(limits.map(({ name, refused: count }) => [name, count]))
  }
  const none = { connections: 0, connectionsPerPeer: 0, callsPerConnection: 0, concurrency: 0, messageBytes: 0 }
  t.like(await refused(), { ...none, idleTimeout: null })
  await t.throwsAsync(orders.quote({ customer: 'x'.repeat(3000) } as Quote), { message: /2000|2,000/ })
  t.like(await refused(), { ...none, messageBytes: 1 })
  await open.next()
  t.like(await t.throwsAsync(orders.quote({ customer: 'ann' } as Quote)), { code: Code.resource_exhausted })
  t.true(((await refused()).concurrency ?? 0) >= 1)
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
      ['ws', 'json'],
    ],
  )
})

test('a configuration that changes shows what changed; one that is refused leaves the one before', async t => {
  const timeoutOf = (timeout: string) => ({ methodConfig: [{ name: [{ service: 'shop.Orders' }], timeout }] })
  let now: unknown = timeoutOf('7s')
  let changed = (_: unknown) => {}
  const config: ConfigSource = {
    current: () => now,
    watch: told => {
      changed = told
      return () => {}
    },
  }
  const replica = await serve([Orders], { protocols: ['grpc'], report: () => {} })
  t.teardown(() => replica.close())
  const calls = new CallHistory()
  const orders = connect(Orders, `grpc://${replica.address}`, { observers: [calls], config, report: () => {} })
  t.teardown(() => disconnect(orders))
  const server = await withConsole(t, { console: { calls } })
  const read = async () => (await json<ConfigView>(`${server.consoleUrl}api/config`)).sources[0]
  t.like(await read(), { what: 'followed', revision: 1, previous: null, changes: [], refused: null })
  now = timeoutOf('2s')
  changed(now)
  const second = await read()
  t.is(second?.revision, 2)
  t.regex(second?.previous ?? '', /"7s"/)
  t.like(
    second?.changes.find(({ name }) => name === 'shop.Orders/Divide'),
    {
      policy: 'timeout',
      from: '7000 ms',
      to: '2000 ms',
    },
  )
  now = { methodConfig: [{ name: [{ service: 'shop.Orders' }], timeot: '1s' }] }
  changed(now)
  const third = await read()
  t.like(third, { revision: 2, value: second?.value })
  t.regex(third?.refused?.message ?? '', /timeot/)
  const { attention } = await json<Overview>(`${server.consoleUrl}api/overview`)
  t.is(attention[0]?.page, 'config')
  now = timeoutOf('2s')
  changed(now)
  t.is((await read())?.refused, null)
})

test('of many methods a page gets a hundred, first those that were called', async t => {
  class Many {}
  for (let at = 0; at < 300; at++) {
    const key = `method${at}`
    Object.defineProperty(Many.prototype, key, { value: async () => 1, configurable: true, writable: true })
    const descriptor = Object.getOwnPropertyDescriptor(Many.prototype, key)
    Method(double)(Many.prototype, key as never, descriptor as never)
  }
  Service('many.Many')(Many)
  const server = await serve([Many], { protocols: ['grpc', 'http'], console: true, report: () => {} })
  t.teardown(() => server.close())
  const many = connect(Many, `grpc://${server.address}`) as unknown as Record<string, () => Promise<number>>
  t.teardown(() => disconnect(many))
  await many.method299?.()
  const { methods, found, methodCount } = await json<Overview>(`${server.consoleUrl}api/overview`)
  t.deepEqual([methods.length, found, methodCount], [100, 300, 300])
  t.deepEqual(
    methods.slice(0, 2).map(({ name }) => name),
    ['many.Many/Method299', 'many.Many/Method0'],
  )
  t.is((await json<Tree>(`${server.consoleUrl}api/tree`)).length, 300)
  const config = await json<ConfigView>(`${server.consoleUrl}api/config`)
  t.deepEqual([config.shown, config.found], [100, 300])
  const { rows } = await json<ConfigView>(`${server.consoleUrl}api/config?find=method299`)
  t.deepEqual([...new Set(rows.map(({ name }) => name))], ['many.Many/Method299'])
})
