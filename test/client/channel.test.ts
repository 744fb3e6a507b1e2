import test from 'ava'
import type { Call, Dialer, Endpoint, Link, Protocol, Resolver } from '../../src/index.js'
import { balanced, Code, connect, disconnect, RpcError, withCall } from '../../src/index.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Hello } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

/** A protocol whose endpoints do as the test says; it counts dials and calls by address. */
class Scripted {
  readonly dials: string[] = []
  readonly calls: string[] = []
  readonly links: Link[] = []
  /** Throws to fail the dial. */
  onDial: (address: string) => void = () => {}
  onCall: (address: string, call: Call) => unknown = () => undefined
  closed = 0

  readonly protocol: Protocol = {
    name: 'scripted',
    secureName: undefined,
    defaultPort: 1,
    defaultCodec: 'json',
    refuses: method => (method.name === 'Refused' ? 'it is refused' : undefined),
    detect: () => false,
    serve: () => {
      throw new Error('not for serving')
    },
    bind: (): Dialer => ({ dial: async endpoint => this.dial(endpoint) }),
  }

  private dial({ address }: Endpoint): Link {
    this.dials.push(address)
    this.onDial(address)
    const link = {
      open: true,
      onClose: undefined,
      handle: async (call: Call) => {
        this.calls.push(address)
        return this.onCall(address, call)
      },
      close: async () => {
        this.closed++
      },
    }
    this.links.push(link)
    return link
  }
}

function unavailable(message: string, delivery: 'unsent' | 'unknown' = 'unsent'): RpcError {
  return new RpcError(message, Code.unavailable, { delivery })
}

function connected(endpoints: string, resolver?: Resolver) {
  const scripted = new Scripted()
  const clock = new VirtualClock()
  const hello = connect(
    Hello,
    { protocol: scripted.protocol, authority: endpoints, ...(resolver === undefined ? {} : { resolver }) },
    { clock, random: () => 0, policies: [balanced('round-robin')], report: () => {} },
  )
  return { scripted, clock, hello }
}

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
  const { scripted, hello } = connected('registry', resolver)
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

test('a resolver that fails is an error of the call that waits, and is asked again', async t => {
  let asked = 0
  const resolver: Resolver = {
    name: 'shaky',
    async *watch() {
      if (++asked === 1) throw new Error('registry is away')
      yield [{ address: 'a:1' }]
    },
  }
  const { clock, hello } = connected('registry', resolver)
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
