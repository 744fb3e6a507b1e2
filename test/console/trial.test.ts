import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { TrialEvent, TrialForm } from '../../src/console/trial-views.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Safe, Service } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { listOf, mapOf, string } from '../../src/schema/algebra.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { Orders } from './contract.js'
import { http, json, opened, tried, withConsole } from './rig.js'

type End = Extract<TrialEvent, { type: 'end' }>

function messages(events: readonly TrialEvent[], type: 'sent' | 'received'): unknown[] {
  return events.flatMap(event => (event.type === type ? [(event as { readonly message: unknown }).message] : []))
}

function endOf(events: readonly TrialEvent[]): End | undefined {
  return events.find((event): event is End => event.type === 'end')
}

for (const wire of ['grpc', 'http', 'ws']) {
  test(`${wire}: a unary call, with 64-bit numbers as text`, async t => {
    const server = await withConsole(t)
    const message = { customer: 'a', budget: '9007199254740993', lines: [{ sku: 'lamp', pieces: 2 }] }
    const events = await tried<TrialEvent>(server, { method: 'shop.Orders/Quote', wire, messages: [message] })
    t.deepEqual(
      events.map(({ type }) => type),
      ['open', 'sent', 'received', 'end'],
    )
    t.deepEqual(messages(events, 'received'), [{ cents: '9007199254740993', note: 'for a' }])
    const end = endOf(events)
    t.is(end?.code, 'ok')
    t.is(end?.call?.timeline.length, 1)
    t.is(end?.call?.timeline[0]?.endpoint, server.address)
    t.is(end?.call?.idempotency, 'safe')
  })

  test(`${wire}: positional arguments, and a reply that is no message`, async t => {
    const server = await withConsole(t)
    const body = { method: 'shop.Orders/Divide', wire, messages: [{ dividend: 6, divisor: 3 }] }
    t.deepEqual(messages(await tried<TrialEvent>(server, body), 'received'), [{ value: 2 }])
  })

  test(`${wire}: streams of all kinds whose requests are given at once`, async t => {
    const server = await withConsole(t)
    const lines = [
      { sku: 'a', pieces: 1 },
      { sku: 'b', pieces: 2 },
    ]
    const watch = await tried<TrialEvent>(server, { method: 'shop.Orders/Watch', wire, messages: [lines[1]] })
    t.deepEqual(messages(watch, 'received'), [
      { sku: 'b', pieces: 1 },
      { sku: 'b', pieces: 2 },
    ])
    const add = await tried<TrialEvent>(server, { method: 'shop.Orders/Add', wire, messages: lines })
    t.deepEqual(messages(add, 'received'), [{ sku: 'ab', pieces: 3 }])
    t.true(add.some(({ type }) => type === 'half-closed'))
    const chat = await tried<TrialEvent>(server, { method: 'shop.Orders/Chat', wire, messages: lines })
    t.deepEqual(messages(chat, 'received'), [
      { sku: 'a!', pieces: 1 },
      { sku: 'b!', pieces: 2 },
    ])
    for (const events of [watch, add, chat]) t.is(endOf(events)?.code, 'ok')
  })
}

test('a declared error comes with its fields, another with its code and text', async t => {
  const server = await withConsole(t)
  const declared = await tried<TrialEvent>(server, {
    method: 'shop.Orders/Quote',
    messages: [{ lines: [{ sku: 'unicorn' }] }],
  })
  t.like(endOf(declared), {
    code: 'failed_precondition',
    error: { type: 'shop.OutOfStock', fields: { sku: 'unicorn' } },
  })
  const other = await tried<TrialEvent>(server, { method: 'shop.Orders/Quote', messages: [{ customer: 'fail' }] })
  t.like(endOf(other), { code: 'unavailable', message: 'the bank is away' })
})

test('a message that does not fit is an end that says where', async t => {
  const server = await withConsole(t)
  const body = { method: 'shop.Orders/Quote', messages: [{ lines: [{ pieces: 2.5 }] }] }
  const end = endOf(await tried<TrialEvent>(server, body))
  t.is(end?.code, 'invalid_argument')
  t.regex(end?.message ?? '', /lines\[0\]\.pieces/)
})

test('a called method is called by the channel of this process', async t => {
  const replica = await serve([Orders], { protocols: ['grpc'], report: () => {} })
  t.teardown(() => replica.close())
  const calls = new CallHistory()
  const orders = connect(Orders, `grpc://${replica.address}`, { observers: [calls] })
  t.teardown(() => disconnect(orders))
  const server = await withConsole(t, { console: { calls } })
  const events = await tried<TrialEvent>(server, {
    method: 'shop.Orders/Divide',
    side: 'called',
    messages: [{ dividend: 1, divisor: 2 }],
  })
  t.deepEqual(messages(events, 'received'), [{ value: 0.5 }])
  t.is(endOf(events)?.call?.timeline[0]?.endpoint, replica.address)
})

test('a stream both ways: message by message, half-closed, then ended', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const { next, ended } = await opened(consoleUrl, { method: 'shop.Orders/Chat', open: true })
  const open = await next()
  t.is(open.type, 'open')
  const at = `${consoleUrl}api/call/${open.type === 'open' ? open.id : ''}`
  for (const sku of ['a', 'b']) {
    t.is((await http(at, { method: 'POST', body: { message: { sku, pieces: 1 } } })).status, 200)
    t.like(await next(), { type: 'sent', message: { sku, pieces: 1 } })
    t.like(await next(), { type: 'received', message: { sku: `${sku}!`, pieces: 1 } })
  }
  const wrong = await http(at, { method: 'POST', body: { message: { pieces: 'many' } } })
  t.is(wrong.status, 400)
  t.regex(wrong.text, /pieces/)
  await http(at, { method: 'POST', body: { end: true } })
  t.is((await next()).type, 'half-closed')
  t.like(await next(), { type: 'end', code: 'ok' })
  await ended
  t.is((await http(at, { method: 'POST', body: { end: true } })).status, 404)
})

test('a reader that leaves cancels the call', async t => {
  const calls = new CallHistory()
  const { consoleUrl = '' } = await withConsole(t, { console: { calls } })
  const { next, leave } = await opened(consoleUrl, { method: 'shop.Orders/Chat', open: true })
  const open = await next()
  await http(`${consoleUrl}api/call/${open.type === 'open' ? open.id : ''}`, {
    method: 'POST',
    body: { message: { sku: 'a' } },
  })
  await next()
  await next()
  leave()
  const history = calls.find('/shop.Orders/Chat', 'server')
  while ((history?.inFlight ?? 0) > 0) await new Promise(resolve => setImmediate(resolve))
  t.is(calls.records()[0]?.code, 'canceled')
})

test('what cannot be called is refused, and says what is wrong', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const refused = async (body: object) => http(`${consoleUrl}api/call`, { method: 'POST', body })
  t.is((await refused({ method: 'shop.Orders/Nothing' })).status, 404)
  t.is((await refused({})).status, 404)
  t.is((await refused({ method: 'shop.Orders/Divide', wire: 'thrift' })).status, 400)
  t.is((await refused([])).status, 400)
})

test('long text of a reply is cut, and says so', async t => {
  const server = await withConsole(t)
  const body = { method: 'shop.Orders/Quote', messages: [{ customer: 'x'.repeat(5000) }] }
  const [reply] = messages(await tried<TrialEvent>(server, body), 'received') as [{ readonly note: string }]
  t.regex(reply.note, /^for x{1020}… \(cut from 5004 characters\)$/)
})

@Message('vault.Key')
class Key {
  @Field(1, string) name = ''
  @Field(2, string, { sensitive: true }) token = ''
}

@Message('vault.Keys')
class Keys {
  @Field(1, Key) first?: Key
  @Field(2, listOf(Key)) all: Key[] = []
  @Field(3, mapOf(string, Key)) by: Map<string, Key> = new Map()
}

@Service('vault.Vault')
class Vault {
  @Method({ accepts: Keys, returns: Keys }) @Safe() async keep(keys: Keys): Promise<Keys> {
    return keys
  }
}

test('a sensitive field stands as dots, wherever it is', async t => {
  const server = await serve([Vault], { protocols: ['grpc', 'http'], console: true, report: () => {} })
  t.teardown(() => server.close())
  const key = { name: 'a', token: 'tok_1' }
  const message = { first: key, all: [key], by: { x: key } }
  const events = await tried<TrialEvent>(server, { method: 'vault.Vault/Keep', messages: [message] })
  const hidden = { name: 'a', token: '••••' }
  t.deepEqual(messages(events, 'received'), [{ first: hidden, all: [hidden], by: { x: hidden } }])
  t.false(JSON.stringify(events).includes('tok_1'))
  const form = await json<TrialForm>(`${server.consoleUrl}api/try/vault.Vault/Keep`)
  const type = form.types['vault.Key']
  t.deepEqual(type?.kind === 'message' && type.fields.map(({ name, sensitive }) => [name, sensitive]), [
    ['name', false],
    ['token', true],
  ])
})
