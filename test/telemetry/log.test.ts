import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect, withCall } from '../../src/client/proxy.js'
import type { Call } from '../../src/core/call.js'
import { Code } from '../../src/core/code.js'
import { currentCall } from '../../src/core/current-call.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service } from '../../src/decorators/service.js'
import { string } from '../../src/schema/algebra.js'
import { serve } from '../../src/server/start-server.js'
import type { CallFields, Logger } from '../../src/telemetry/call-log.js'

@Message('logged.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('logged.Inner')
class Inner {
  last: { id: string; baggage: Map<string, string> } | undefined
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    const { id, baggage } = currentCall()
    this.last = { id, baggage }
    if (word.text === 'long') throw new RpcError('x'.repeat(1 << 20), Code.not_found)
    if (word.text === 'fail') throw new RpcError('not here', Code.not_found)
    if (word.text === 'crash') throw new Error('secret')
    return word
  }
}

@Service('logged.Outer')
class Outer {
  constructor(private readonly inner: Inner) {}
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    currentCall().baggage.set('added', 'ü, b')
    return this.inner.say(word)
  }
}

function recorder() {
  const lines: [string, CallFields, string][] = []
  const level = (name: string) => (fields: CallFields, text: string) => void lines.push([name, fields, text])
  return { lines, log: { info: level('info'), warn: level('warn'), error: level('error') } satisfies Logger }
}

test('one line a call, with its code, peer and id; messages are never logged', async t => {
  const server = recorder()
  const client = recorder()
  const running = await serve([Inner], { memory: 'logged', port: false, log: server.log, report: () => {} })
  const remote = connect(Inner, 'memory://logged', { log: client.log })
  t.teardown(async () => {
    await disconnect(remote)
    await running.close()
  })
  const named = withCall(remote, { headers: { 'x-request-id': 'request-7' } })
  await named.say({ text: 'a secret' })
  await t.throwsAsync(named.say({ text: 'fail' }))
  await t.throwsAsync(named.say({ text: 'crash' }))
  await new Promise(setImmediate)
  t.deepEqual(
    server.lines.map(([level, fields, text]) => [level, fields.code, fields.callId, text.replace(/[\d.]+ ms/, '? ms')]),
    [
      ['info', 'ok', 'request-7', 'logged.Inner/Say ok ? ms'],
      ['warn', 'not_found', 'request-7', 'logged.Inner/Say not_found ? ms'],
      ['error', 'internal', 'request-7', 'logged.Inner/Say internal (handler_failed) ? ms'],
    ],
  )
  t.like(client.lines[0]?.[1], { side: 'client', protocol: 'memory', attempt: 1, callId: 'request-7', peer: 'logged' })
  t.false(JSON.stringify([server.lines, client.lines]).includes('secret'))
})

test('only failures, or a sample of the rest', async t => {
  const failures = recorder()
  const none = recorder()
  const running = await serve([Inner], {
    memory: 'sampled',
    port: false,
    log: { to: failures.log, failuresOnly: true },
  })
  const remote = connect(Inner, 'memory://sampled', { log: { to: none.log, sample: 0 } })
  t.teardown(async () => {
    await disconnect(remote)
    await running.close()
  })
  await remote.say({ text: 'hello' })
  await t.throwsAsync(remote.say({ text: 'fail' }))
  await new Promise(setImmediate)
  t.deepEqual(
    failures.lines.map(([level]) => level),
    ['warn'],
  )
  t.deepEqual(
    none.lines.map(([level]) => level),
    ['warn'],
  )
})

test('what is no logger fails at start-up', async t => {
  await t.throwsAsync(serve([Inner], { port: false, log: {} as never }), { message: /info, warn and error/ })
  t.throws(() => connect(Inner, 'memory://x', { log: { to: console, sample: 2 } }), { message: /sample/ })
})

for (const wire of ['grpc', 'http', 'http2', 'thrift?transport=header', 'thrift?transport=http', 'avro', 'memory']) {
  test(`${wire}: the id and the baggage of a request go with the calls that serve it`, async t => {
    const inner = new Inner()
    const [scheme, query] = wire.split('?')
    const memory = `flowing-${wire.replace(/\W/g, '-')}`
    const first = await serve([inner], { memory })
    const at = scheme === 'memory' ? memory : first.address
    const target = `${scheme}://${at}${query === undefined ? '' : `?${query}`}`
    const remote = connect(Inner, target)
    const second = await serve([new Outer(remote)], { port: false, memory: `${memory}-outer` })
    const outer = connect(Outer, `memory://${memory}-outer`)
    t.teardown(async () => {
      await disconnect(outer)
      await second.close()
      await disconnect(remote)
      await first.close()
    })
    const headers = { 'x-request-id': 'abc-1', baggage: 'tenant=a%20b;p=1, broken, x=%zz' }
    await withCall(outer, { headers }).say({ text: 'hello' })
    t.is(inner.last?.id, 'abc-1')
    t.deepEqual(
      [...(inner.last?.baggage ?? [])],
      [
        ['tenant', 'a b'],
        ['added', 'ü, b'],
      ],
    )
  })
}

test('baggage that cannot be sent on as it came fails no call: what can be read of it goes on', async t => {
  const inner = new Inner()
  const back = await serve([inner], { memory: 'baggage', port: false })
  const remote = connect(Inner, 'memory://baggage')
  @Service('logged.Middle')
  class Middle {
    @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
      return remote.say(word)
    }
  }
  const front = await serve([Middle], { port: 0, host: '127.0.0.1', protocols: ['http'] })
  t.teardown(async () => {
    await front.close()
    await disconnect(remote)
    await back.close()
  })
  const send = (baggage: string | string[]) => {
    const request = httpRequest(`http://${front.address}/logged.Middle/Say`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', baggage },
      agent: false,
    })
    request.end('{}')
    return once(request, 'response').then(([{ statusCode }]) => statusCode as number)
  }
  const received = () => [...(inner.last?.baggage ?? [])]
  t.is(await send('tenant=a,name=caf\u00e9,tab=a\tb'), 200)
  t.deepEqual(
    received().map(([name]) => name),
    ['tenant', 'name', 'tab'],
  )
  t.is(await send(['one=1', 'two=2']), 200)
  t.deepEqual(received(), [
    ['one', '1'],
    ['two', '2'],
  ])
  t.is(await send(`one=1,long=${'x'.repeat(9000)}`), 200)
  t.like(received(), [['one', '1']])
})

test('an id that could not be logged is replaced, and an id that is made stays the same', async t => {
  const ids: string[] = []
  @Service('logged.Ids')
  class Ids {
    @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
      const call: Call = currentCall()
      ids.push(call.id, call.id)
      return word
    }
  }
  const running = await serve([Ids], { memory: 'ids', port: false })
  const remote = connect(Ids, 'memory://ids')
  t.teardown(async () => {
    await disconnect(remote)
    await running.close()
  })
  await withCall(remote, { headers: { 'x-request-id': 'a'.repeat(200) } }).say({ text: '' })
  await withCall(remote, { headers: { 'x-request-id': 'a b' } }).say({ text: '' })
  await remote.say({ text: '' })
  t.true(ids.every(id => /^[0-9a-f]{32}$/.test(id)))
  t.is(new Set(ids).size, 3)
})

test('a message of a megabyte is cut, and its length said', async t => {
  const { lines, log } = recorder()
  const running = await serve([Inner], { memory: 'long', port: false, log, report: () => {} })
  const remote = connect(Inner, 'memory://long')
  t.teardown(async () => {
    await disconnect(remote)
    await running.close()
  })
  await t.throwsAsync(remote.say({ text: 'long' }))
  await new Promise(setImmediate)
  const { error = '' } = lines[0]?.[1] ?? {}
  t.is(error, `${'x'.repeat(1000)}... (1048576 characters)`)
})
