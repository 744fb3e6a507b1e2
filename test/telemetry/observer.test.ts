import test, { type ExecutionContext } from 'ava'
import type { ConnectOptions } from '../../src/client/connect.js'
import { connect } from '../../src/client/connect.js'
import { disconnect, withCall } from '../../src/client/proxy.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Safe, Service } from '../../src/decorators/service.js'
import { failover } from '../../src/policies/attempts/failover.js'
import { hedge } from '../../src/policies/attempts/hedge.js'
import { retry } from '../../src/policies/attempts/retry.js'
import { authorize } from '../../src/policies/authorize.js'
import { balanced } from '../../src/policies/balanced.js'
import { cached } from '../../src/policies/cached/cached.js'
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.js'
import { int32, streamOf, string } from '../../src/schema/algebra.js'
import type { ServeOptions } from '../../src/server/serve-options.js'
import { serve } from '../../src/server/start-server.js'
import { Recording } from './recording.js'

@Message('observed.Word')
class Word {
  @Field(1, string) text = ''
  @Field(2, int32) times = 0
}

@Service('observed.Echo')
class Echo {
  failures = 0

  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    if (word.text === 'fail') throw new RpcError('no', Code.not_found)
    if (word.text === 'broken') return { text: 1 as never, times: 0 }
    if (this.failures-- > 0) throw new RpcError('later', Code.unavailable)
    return word
  }
}

@Service('observed.Streams')
class Streams {
  @Method({ accepts: Word, returns: streamOf(Word) }) async *repeat({ text, times }: Word): AsyncIterable<Word> {
    for (let i = 0; i < times; i++) yield { text, times: i }
  }
}

const wires = [
  'grpc',
  'http',
  'http2',
  'thrift?transport=framed',
  'thrift?transport=header',
  'thrift?transport=http',
  'thrift?transport=framed&codec=json',
  'avro',
  'avro?transport=http',
  'memory',
]

let rigs = 0

async function rig(
  t: ExecutionContext,
  wire: string,
  options: { server?: ServeOptions; client?: ConnectOptions } = {},
) {
  const served = new Recording()
  const seen = new Recording()
  const memory = `observed-${++rigs}`
  const echo = new Echo()
  const isStreaming = ['grpc', 'http', 'http2', 'memory'].includes(wire)
  const server = await serve(isStreaming ? [echo, Streams] : [echo], {
    ...options.server,
    memory,
    observers: [served.observer],
    protocols: isStreaming ? ['grpc', 'http'] : ['grpc', 'http', 'thrift', 'avro'],
  })
  const [scheme, query = ''] = wire.split('?') as [string, string?]
  const target = `${scheme}://${scheme === 'memory' ? memory : server.address}${query === '' ? '' : `?${query}`}`
  const client = { report: () => {}, ...options.client, observers: [seen.observer] }
  const remote = connect(Echo, target, client)
  const streams = isStreaming ? connect(Streams, target, { observers: [seen.observer] }) : undefined
  t.teardown(async () => {
    await disconnect(remote)
    if (streams !== undefined) await disconnect(streams)
    await server.close()
  })
  return { served, seen, echo, remote, streams, server, target }
}

const path = '/observed.Echo/Say'

for (const wire of wires) {
  test(`${wire}: both sides see begin, attempt and end, with the bytes of each message`, async t => {
    const { served, seen, remote } = await rig(t, wire)
    await remote.say({ text: 'hello', times: 1 })
    const atServer = await served.has('server ended')
    t.deepEqual(seen.lines.slice(0, 3), [
      `client began ${path}`,
      'client attempt 1 first by adaptive of 1 (0 in flight)',
      'client attempt 1 ended ok',
    ])
    const [, sent, received] = /^client ended \S+ ok sent (\d+) received (\d+)$/.exec(seen.lines[3] ?? '') ?? []
    t.true(Number(sent) > 5 && Number(received) > 5, seen.lines[3])
    const [, taken, given] = /^server ended \S+ ok sent (\d+) received (\d+)$/.exec(atServer) ?? []
    t.true(Number(taken) > 5 && Number(given) > 5, atServer)
    t.is(served.lines[0], `server began ${path}`)
  })

  test(`${wire}: both sides see how a call failed, also one whose reply cannot be written`, async t => {
    const { served, seen, remote } = await rig(t, wire, { server: { report: () => {} } })
    await t.throwsAsync(remote.say({ text: 'fail', times: 1 }))
    t.regex(await served.has('server ended'), /not_found - /)
    t.regex(await seen.has('client ended'), /not_found - /)
    await t.throwsAsync(remote.say({ text: 'broken', times: 1 }))
    t.regex(await served.has('server ended', 2), /internal unwritable_reply/)
  })

  test(`${wire}: a call that a rule refuses is seen, although it is never decoded`, async t => {
    const policies = [authorize(() => false)]
    const { served, remote } = await rig(t, wire, { server: { policies } })
    await t.throwsAsync(remote.say({ text: 'hello', times: 1 }))
    t.regex(await served.has('server ended'), /permission_denied not_authorized shed by authorize sent 0 received 0/)
  })

  test(`${wire}: a call of an unknown method is seen as refused`, async t => {
    @Service('observed.Echo')
    class Other {
      @Method({ accepts: Word, returns: Word }) async missing(word: Word): Promise<Word> {
        return word
      }
    }
    const { served, target } = await rig(t, wire)
    const other = connect(Other, target, { report: () => {} })
    t.teardown(() => disconnect(other))
    await t.throwsAsync(other.missing({ text: '', times: 1 }))
    if (wire.startsWith('avro'))
      t.deepEqual(served.lines, [], "the client reads the server's protocol and sends no call")
    else t.regex(await served.has('refused'), /missing.* over \w+: unknown_method$/i)
  })
}

for (const wire of ['grpc', 'http', 'http2', 'memory']) {
  test(`${wire}: a stream ends for its observers with its last message, or when its reader leaves`, async t => {
    const { served, seen, streams } = await rig(t, wire)
    const words = []
    for await (const word of streams?.repeat({ text: 'hi', times: 3 }) ?? []) words.push(word)
    t.is(words.length, 3)
    t.regex(await served.has('server ended'), /ok sent [1-9]\d* received [1-9]/)
    t.regex(await seen.has('client ended'), /ok sent [1-9]\d* received [1-9]/)
    for await (const word of streams?.repeat({ text: 'hi', times: 1_000_000 }) ?? []) if (word.times > 2) break
    t.regex(await seen.has('client ended', 2), /canceled/)
    t.regex(await served.has('server ended', 2), /canceled/)
    t.regex(await seen.has('client attempt 1 ended', 2), /canceled/)
  })
}

test('retries tell why, and what stops them', async t => {
  const { seen, echo, remote } = await rig(t, 'memory', {
    client: { policies: [retry({ attempts: 3, initialBackoff: 1 })] },
  })
  echo.failures = 2
  await remote.say({ text: 'hello', times: 1 })
  t.deepEqual(
    seen.lines.map(line => line.replace(/ sent .*/, '')),
    [
      `client began ${path}`,
      'client attempt 1 first by adaptive of 1 (0 in flight)',
      'client attempt 1 ended unavailable',
      'client retry decided retry: backoff',
      'client attempt 2 retry by adaptive of 1 (0 in flight)',
      'client attempt 2 ended unavailable',
      'client retry decided retry: backoff',
      'client attempt 3 retry by adaptive of 1 (0 in flight)',
      'client attempt 3 ended ok',
      `client ended ${path} ok`,
    ],
  )
  echo.failures = 3
  await t.throwsAsync(remote.say({ text: 'hello', times: 1 }))
  t.is(await seen.has('client retry decided stop'), 'client retry decided stop: no attempt left')
})

test('hedges and failovers are attempts with their cause', async t => {
  const { target: first, remote: one } = await rig(t, 'grpc')
  await one.say({ text: 'hello', times: 1 })
  const seen = new Recording()
  const dead = 'grpc://127.0.0.1:1'
  const both = connect(Echo, `${dead},${first.slice('grpc://'.length)}`, {
    policies: [failover(), retry({ attempts: 2 })],
    report: () => {},
    random: () => 0,
    observers: [seen.observer],
  })
  t.teardown(() => disconnect(both))
  for (let i = 0; i < 4; i++) await both.say({ text: 'hello', times: 1 })
  t.regex(await seen.has('client failover decided'), /the endpoint cannot take the call/)
  t.regex(await seen.has('client attempt 2'), /attempt 2 failover by adaptive of/)

  const [failing, good] = [await rig(t, 'grpc'), await rig(t, 'grpc')]
  const hedged = new Recording()
  const raced = connect(Echo, `${failing.target},${good.target.slice('grpc://'.length)}`, {
    policies: [hedge({ attempts: 2, delay: '10s', maxExtraLoad: 1 }), balanced('round-robin')],
    observers: [hedged.observer],
  })
  t.teardown(() => disconnect(raced))
  failing.echo.failures = 10
  await raced.say({ text: 'hello', times: 1 })
  await raced.say({ text: 'hello', times: 1 })
  t.regex(await hedged.has('client hedge decided hedge'), /an attempt failed/)
  t.regex(await hedged.has('client attempt 2'), /attempt 2 hedge by round-robin of/)
  t.is(await hedged.has('client hedge decided won'), 'client hedge decided won: it was the first to answer')
})

test('a hedge for which no endpoint is left is not told', async t => {
  const { seen, echo, remote } = await rig(t, 'grpc', {
    client: { policies: [hedge({ attempts: 2, delay: '10s', maxExtraLoad: 1 })] },
  })
  echo.failures = 1
  await t.throwsAsync(remote.say({ text: 'hello', times: 1 }))
  await seen.has('client ended')
  t.deepEqual(
    seen.lines.filter(line => /hedge|attempt 2/.test(line)),
    [],
  )
})

test('a cache hit is told, and has no attempt', async t => {
  const { seen, remote } = await rig(t, 'memory', { client: { policies: [cached({ ttl: '1m' })] } })
  await remote.say({ text: 'hello', times: 1 })
  await remote.say({ text: 'hello', times: 1 })
  t.is(await seen.has('client cached decided cached'), 'client cached decided cached: a fresh reply')
  t.is(seen.lines.filter(line => line.startsWith('client attempt 1 first')).length, 1)
})

test('an open circuit is told, and the calls that it stops are shed', async t => {
  const { seen, echo, remote } = await rig(t, 'memory', {
    client: { policies: [circuitBreaker({ minimumCalls: 2 })] },
  })
  echo.failures = 2
  for (let i = 0; i < 3; i++) await t.throwsAsync(remote.say({ text: 'hello', times: 1 }))
  t.is(await seen.has('breaker'), 'breaker of Say open')
  t.regex(await seen.has('client ended', 3), /unavailable circuit_open shed by circuitBreaker/)
})

test('a call that is over before it begins is seen, and so is one that runs into its deadline', async t => {
  const { seen, remote } = await rig(t, 'memory')
  await t.throwsAsync(withCall(remote, { timeout: 0 }).say({ text: 'hello', times: 1 }))
  t.regex(await seen.has('client ended'), /deadline_exceeded/)
  await t.throwsAsync(withCall(remote, { signal: AbortSignal.abort() }).say({ text: 'hello', times: 1 }))
  t.regex(await seen.has('client ended', 2), /canceled/)
})

test('an observer that throws harms no call, and what it throws is reported', async t => {
  const reports: unknown[] = []
  const bad = () => {
    throw new Error('a broken observer')
  }
  const observers = [
    { callBegan: bad },
    {
      callBegan: () => ({
        run: bad,
        attemptBegan: bad,
        decided: bad,
        message: bad,
        ended: bad,
      }),
    },
  ]
  const { remote } = await rig(t, 'memory')
  await remote.say({ text: 'hello', times: 1 })
  const server = await serve([Echo], {
    port: false,
    memory: 'bad-observers',
    observers,
    report: error => reports.push(error),
  })
  const client = connect(Echo, 'memory://bad-observers', { observers, report: error => reports.push(error) })
  t.teardown(async () => {
    await disconnect(client)
    await server.close()
  })
  t.is((await client.say({ text: 'hello', times: 1 })).text, 'hello')
  t.true(reports.length >= 8)
  t.true(reports.every(error => String(error).includes('a broken observer')))
})
