import test from 'ava'
import { ActiveCall } from '../../src/core/active-call.js'
import { flowing, servedCall } from '../../src/core/flow.js'
import type { Link, Resolver } from '../../src/extend.js'
import type { Call, Endpoint } from '../../src/index.js'
import { balanced, Code, connect, disconnect, RpcError, withCall } from '../../src/index.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Hello } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { connected, Scripted, unavailable } from './scripted.js'

test('nothing is dialled before the first call, and a link is kept', async t => {
  const { scripted, hello } = connected('a')
  t.deepEqual(scripted.dials, [])
  await hello.ping()
  await hello.ping()
  t.deepEqual(scripted.dials, ['a:1'])
  await disconnect(hello)
  t.is(scripted.closed, 1)
})

test('concurrent first calls share one dial', async t => {
  const { scripted, hello } = connected('a')
  await Promise.all([hello.ping(), hello.ping(), hello.ping()])
  t.deepEqual(scripted.dials, ['a:1'])
})

test('an endpoint that cannot be dialled is left out until its backoff is over', async t => {
  const { scripted, clock, hello } = connected('a,b')
  let down = true
  scripted.onDial = address => {
    if (down && address === 'a:1') throw unavailable('refused')
  }
  for (let i = 0; i < 6; i++) await hello.ping()
  t.deepEqual(new Set(scripted.calls), new Set(['b:1']))
  t.is(scripted.dials.filter(address => address === 'a:1').length, 1)
  down = false
  await clock.advance(1300)
  for (let i = 0; i < 4; i++) await hello.ping()
  t.true(scripted.calls.includes('a:1'))
})

test('the backoff grows with every failure in a row', async t => {
  const { scripted, clock, hello } = connected('a')
  scripted.onDial = () => {
    throw unavailable('refused')
  }
  const at: number[] = []
  for (let i = 0; i < 200; i++) {
    const before = scripted.dials.length
    await outcome(hello.ping())
    if (scripted.dials.length > before) at.push(clock.now())
    await clock.advance(100)
  }
  const gaps = at.slice(1).map((time, i) => time - (at[i] as number))
  t.true(gaps.length >= 3)
  for (let i = 1; i < gaps.length; i++) t.true((gaps[i] as number) > (gaps[i - 1] as number), gaps.join(' '))
  t.is(gaps[0], 100, 'in need an endpoint is tried after a tenth of its backoff')
})

test('the last endpoint to go finds those that have come back, although their backoff is not over', async t => {
  const { scripted, clock, hello } = connected('a,b')
  let down = 'a:1'
  scripted.onDial = address => {
    if (address === down) throw unavailable('refused')
  }
  await hello.ping()
  await hello.ping()
  down = 'b:1'
  await clock.advance(300)
  scripted.links[0]?.onClose?.(unavailable('reset'))
  await hello.ping()
  t.is(scripted.calls.at(-1), 'a:1')
})

test('with every endpoint out a call fails at once and says why and until when', async t => {
  const { scripted, hello } = connected('a,b')
  scripted.onDial = address => {
    throw unavailable(`connect ECONNREFUSED ${address}`)
  }
  await outcome(hello.ping())
  const error = (await outcome(hello.ping())).error as RpcError
  t.is(error.reason, 'no_endpoint')
  t.is(error.delivery, 'unsent')
  t.regex(
    error.message,
    /hello\.Hello\/Ping.*a:1: connect ECONNREFUSED a:1 \(next try in \d+ ms\); b:1: connect ECONNREFUSED b:1/,
  )
})

test('a link that closes by itself is dialled anew', async t => {
  const { scripted, hello } = connected('a')
  await hello.ping()
  scripted.links[0]?.onClose?.(undefined)
  await hello.ping()
  t.deepEqual(scripted.dials, ['a:1', 'a:1'])
})

test('a set that changes is followed: links of endpoints that stay are kept, of those that go closed', async t => {
  let publish: (addresses: string[]) => void = () => {}
  const resolver: Resolver = {
    name: 'pushed',
    async *watch() {
      yield [{ address: 'a:1' }, { address: 'b:1' }]
      for (;;)
        yield await new Promise<Endpoint[]>(resolve => (publish = list => resolve(list.map(address => ({ address })))))
    },
  }
  const { scripted, hello } = connected('registry', { resolver })
  await hello.ping()
  await hello.ping()
  publish(['b:1', 'c:1'])
  await new Promise(setImmediate)
  t.is(scripted.closed, 1)
  scripted.calls.length = 0
  for (let i = 0; i < 4; i++) await hello.ping()
  t.deepEqual(new Set(scripted.calls), new Set(['b:1', 'c:1']))
  t.deepEqual(scripted.dials.filter(address => address === 'b:1').length, 1)
})

test('an eager channel dials what is new at once, and waits with what could not be dialled', async t => {
  let publish: () => void = () => {}
  const resolver: Resolver = {
    name: 'pushed',
    async *watch() {
      for (let weight = 1; ; weight++) {
        yield [{ address: 'dead:1', weight }, { address: 'well:1' }]
        await new Promise<void>(resolve => (publish = resolve))
      }
    },
  }
  const { scripted, clock, hello } = connected('registry', { resolver, eager: true })
  scripted.onDial = address => {
    if (address === 'dead:1') throw unavailable('refused')
  }
  for (let i = 0; i < 10; i++) {
    await clock.advance(10)
    publish()
  }
  t.deepEqual(scripted.dials, ['dead:1', 'well:1'])
  await disconnect(hello)
})

test('a resolver that fails is an error of the call that waits, and is asked again', async t => {
  let asked = 0
  const resolver: Resolver = {
    name: 'shaky',
    async *watch() {
      if (++asked === 1) throw new Error('registry is away')
      yield [{ address: 'a:1' }]
    },
  }
  const { clock, hello } = connected('registry', { resolver })
  const error = (await outcome(hello.ping())).error as RpcError
  t.is(error.code, Code.unavailable)
  t.regex(error.message, /resolver shaky cannot find registry: registry is away/)
  await clock.advance(1500)
  await t.notThrowsAsync(hello.ping())
})

test('a lower priority is used only while every higher one is out', async t => {
  const scripted = new Scripted()
  const clock = new VirtualClock()
  const endpoints = [{ address: 'main:1' }, { address: 'spare:1', priority: 1 }]
  const hello = connect(Hello, { protocol: scripted.protocol, endpoints }, { clock, random: () => 0, report: () => {} })
  await hello.ping()
  let down = true
  scripted.onDial = address => {
    if (down && address === 'main:1') throw unavailable('refused')
  }
  scripted.links[0]?.onClose?.(unavailable('reset'))
  await hello.ping()
  down = false
  await clock.advance(2000)
  await hello.ping()
  t.deepEqual(scripted.calls, ['main:1', 'spare:1', 'main:1'])
})

test('the deadline ends a call whose dial hangs', async t => {
  const scripted = new Scripted()
  const clock = new VirtualClock()
  const protocol = { ...scripted.protocol, bind: () => ({ dial: () => new Promise<Link>(() => {}) }) }
  const hello = connect(Hello, { protocol, authority: 'a' }, { clock })
  const result = outcome(withCall(hello, { timeout: '50ms' }).ping())
  await clock.advance(60)
  t.is(((await result).error as RpcError).code, Code.deadline_exceeded)
})

test('a call cancelled while its dial is under way is never sent', async t => {
  const { scripted, hello } = connected('a')
  const controller = new AbortController()
  const result = outcome(withCall(hello, { signal: controller.signal }).ping())
  controller.abort()
  t.is(((await result).error as RpcError).code, Code.canceled)
  await new Promise(setImmediate)
  t.deepEqual(scripted.calls, [])
})

test('an endpoint whose link is lost is dialled again at once; one that loses two without a reply is left out', async t => {
  const { scripted, clock, hello } = connected('a')
  await hello.ping()
  scripted.links[0]?.onClose?.(unavailable('reset'))
  await hello.ping()
  t.is(scripted.dials.length, 2)
  scripted.onCall = () => {
    throw new RpcError('no reply', Code.internal)
  }
  scripted.links[1]?.onClose?.(unavailable('reset'))
  await outcome(hello.ping())
  t.is(scripted.dials.length, 3)
  scripted.links[2]?.onClose?.(unavailable('reset'))
  t.is(((await outcome(hello.ping())).error as RpcError).reason, 'no_endpoint')
  t.is(scripted.dials.length, 3)
  await clock.advance(1000)
  await outcome(hello.ping())
  t.is(scripted.dials.length, 4)
})

test('a link that lasted is dialled again at once, whatever was lost before it', async t => {
  const { scripted, clock, hello } = connected('a')
  scripted.onCall = () => {
    throw new RpcError('no reply', Code.internal)
  }
  for (let n = 0; n < 3; n++) {
    await outcome(hello.ping())
    await clock.advance(5000)
    scripted.links[n]?.onClose?.(unavailable('reset'))
  }
  await outcome(hello.ping())
  t.is(scripted.dials.length, 4)
})

test('a link that fell before the channel listened counts as a failed dial', async t => {
  const { scripted, hello } = connected('a,b')
  scripted.fallen.add('a:1')
  for (let i = 0; i < 4; i++) await hello.ping()
  t.deepEqual(new Set(scripted.calls), new Set(['b:1']))
  t.is(scripted.dials.filter(address => address === 'a:1').length, 1)
})

test('a channel is closed when the dial that was under way has ended', async t => {
  const { scripted, hello } = connected('a')
  let arrive: () => void = () => {}
  scripted.dialing = new Promise(resolve => (arrive = resolve))
  const call = outcome(hello.ping())
  await new Promise(setImmediate)
  let closed = false
  const closing = disconnect(hello).then(() => (closed = true))
  await new Promise(setImmediate)
  t.false(closed)
  arrive()
  await closing
  t.is(scripted.closed, 1)
  t.is(((await call).error as RpcError).reason, 'channel_closed')
})

test('a call that waits for the first set when its channel is closed is told so', async t => {
  const resolver: Resolver = {
    name: 'slow',
    async *watch(_target, { signal }) {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      yield []
    },
  }
  const { hello } = connected('registry', { resolver })
  const call = outcome(hello.ping())
  await disconnect(hello)
  const { code, reason, delivery } = (await call).error as RpcError
  t.deepEqual([code, reason, delivery], [Code.canceled, 'channel_closed', 'unsent'])
})

test('a resolver that ends without a set is an error and no endless wait', async t => {
  const { hello } = connected('registry', { resolver: { name: 'mute', async *watch() {} } })
  const error = (await outcome(hello.ping())).error as RpcError
  t.is(error.reason, 'resolver_failed')
  t.regex(error.message, /its watch ended without a set of endpoints/)
})

test('a stream that is cancelled is in flight no more, though nobody reads it to its end', async t => {
  const { scripted, clock, hello } = connected('a,b', { policies: [balanced('least-connections')] })
  scripted.onCall = (_address, call) => (call.method.name === 'Watch' ? endless() : undefined)
  const reading = withCall(hello, { timeout: '1s' }).watch(9)[Symbol.asyncIterator]()
  await reading.next()
  const busy = scripted.calls[0] as string
  await hello.ping()
  t.not(scripted.calls[1], busy)
  await clock.advance(1100)
  scripted.calls.length = 0
  for (let i = 0; i < 20; i++) await hello.ping()
  t.true(scripted.calls.includes(busy))
})

test('a call whose signal has aborted already is never sent, and its signal is let go', async t => {
  const { scripted, hello } = connected('a')
  const { error } = await outcome(withCall(hello, { signal: AbortSignal.abort() }).ping())
  t.is((error as RpcError).code, Code.canceled)
  t.deepEqual(scripted.dials, [])
})

test('onEnd is told once, and what it throws is not the outcome of the call', async t => {
  const { scripted, hello } = connected('a')
  scripted.onCall = (_address, call) => endless(call)
  let ended = 0
  const stream = withCall(hello, { onEnd: () => void ended++ }).watch(9)
  const iterator = stream[Symbol.asyncIterator]()
  await iterator.next()
  const pending = outcome(iterator.next())
  await iterator.return?.()
  await pending
  t.is(ended, 1)
})

/** One message, then nothing. */
async function* endless(call?: Call): AsyncGenerator<unknown> {
  yield {}
  await new Promise((_, reject) => call?.onCancel(reject))
}

test('what a channel keeps is not bound to the call that needed it first', async t => {
  const seen: unknown[] = []
  const resolver: Resolver = {
    name: 'curious',
    async *watch() {
      seen.push(servedCall())
      yield [{ address: 'a:1' }]
    },
  }
  const { scripted, clock, hello } = connected('registry', { resolver })
  scripted.onDial = () => void seen.push(servedCall())
  scripted.onCall = (_address, call) => void seen.push(call.deadline)
  const method = { name: 'Do', serviceName: 'a.B', path: '/a.B/Do', kind: 'unary', idempotency: 'unknown' } as const
  const served = new ActiveCall({ method, message: {}, clock, deadline: 700 })
  await flowing(served, () => hello.ping())
  t.deepEqual(seen, [undefined, undefined, 700])
})
