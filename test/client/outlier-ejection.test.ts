import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { NodeRecord, OutlierEjection } from '../../src/client/outlier-ejection.js'
import { balanced, bulkhead, type CallObserver, disconnect, Metrics, withCall } from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { connected, unavailable } from './scripted.js'

function fleet(size: number, options = {}) {
  const ejection = new OutlierEjection(options)
  const records = Array.from({ length: size }, () => new NodeRecord())
  const all = () => records
  return {
    records,
    call: (at: number, failed: boolean, now: number) => ejection.count(records[at] as NodeRecord, failed, all, now),
    out: (now: number) => records.flatMap(({ ejectedUntil }, at) => (ejectedUntil > now ? [at] : [])),
  }
}

test('five failures in a row eject a node, four and a success do not', t => {
  const { call, out } = fleet(3)
  for (let i = 0; i < 4; i++) call(0, true, 0)
  call(0, false, 0)
  for (let i = 0; i < 4; i++) t.false(call(0, true, 0))
  t.deepEqual(out(0), [])
  t.true(call(0, true, 0))
  t.deepEqual(out(29_999), [0])
  t.deepEqual(out(30_000), [])
})

test('a node that goes on failing is ejected once there is room for it', t => {
  const { call, out } = fleet(3)
  for (let i = 0; i < 5; i++) call(0, true, 0)
  for (let i = 0; i < 8; i++) t.false(call(1, true, 0), 'only one of three may be out')
  t.deepEqual(out(30_000), [])
  for (let i = 0; i < 5; i++) call(1, true, 30_000)
  t.deepEqual(out(30_000), [1])
})

test('each further ejection lasts longer, up to a limit, and good behaviour is rewarded', t => {
  const { call, records } = fleet(3)
  const [record] = records as [NodeRecord]
  const lengths: number[] = []
  let now = 0
  for (let n = 0; n < 12; n++) {
    for (let i = 0; i < 5; i++) call(0, true, now)
    lengths.push(record.ejectedUntil - now)
    now = record.ejectedUntil
  }
  t.deepEqual(lengths.slice(0, 3), [30_000, 60_000, 90_000])
  t.is(lengths.at(-1), 300_000)
  const before = record.ejections
  for (let i = 1; i <= 4; i++) call(0, false, now + i * 10_001)
  t.is(record.ejections, before - 3, 'the first look only ends the ejection')
})

test('a node whose success rate falls out of the fleet is ejected at the end of the interval', t => {
  const { call, out } = fleet(10)
  call(0, false, 0)
  for (let round = 0; round < 120; round++) {
    for (let at = 0; at < 10; at++) call(at, at === 7 && round % 3 === 0, 5)
  }
  t.deepEqual(out(5), [])
  call(0, false, 10_001)
  t.deepEqual(out(10_001), [7])
})

test('too few calls or nodes are no ground for rates', t => {
  for (const [nodes, rounds] of [
    [4, 200],
    [10, 40],
  ] as const) {
    const { call, out } = fleet(nodes)
    call(0, false, 0)
    for (let round = 0; round < rounds; round++)
      for (let at = 0; at < nodes; at++) call(at, at === 1 && round % 2 === 0, 5)
    call(0, false, 10_001)
    t.deepEqual(out(10_001), [], `${nodes} nodes, ${rounds} calls`)
  }
})

test('one node of one is never ejected; of ten at most one, of thirty at most three', t => {
  for (const [size, most] of [
    [1, 0],
    [2, 1],
    [10, 1],
    [30, 3],
  ] as const) {
    const { call, out } = fleet(size)
    for (let at = 0; at < size; at++) for (let i = 0; i < 6; i++) call(at, true, 0)
    t.is(out(0).length, most, `${size} nodes`)
  }
})

test('whatever happens, the ejected are never more than the share allows', t => {
  const event = fc.record({ at: fc.nat(19), failed: fc.boolean(), pause: fc.nat(3000) })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 600 }), events => {
      const { call, out } = fleet(20)
      let now = 0
      for (const { at, failed, pause } of events) {
        now += pause
        call(at, failed, now)
        if (out(now).length > 2) return false
      }
      return true
    }),
  )
  t.pass()
})

test('calls that this process turns away do not eject a node', async t => {
  const { scripted, hello } = connected('a,b', { policies: [balanced('round-robin'), bulkhead({ concurrency: 1 })] })
  let free: () => void = () => {}
  const held = new Promise<void>(resolve => (free = resolve))
  scripted.onCall = () => held
  const burst = Array.from({ length: 30 }, () => outcome(hello.ping()))
  await new Promise(setImmediate)
  free()
  const turnedAway = (await Promise.all(burst)).filter(({ error }) => error !== undefined)
  t.is(turnedAway.length, 28)
  scripted.calls.length = 0
  for (let i = 0; i < 4; i++) await hello.ping()
  t.deepEqual(scripted.calls.toSorted(), ['a:1', 'a:1', 'b:1', 'b:1'])
  await disconnect(hello)
})

test('a burst that finds a server down does not leave it out once it is dialled again', async t => {
  const { scripted, clock, hello } = connected('a,b')
  let down = true
  scripted.onDial = address => {
    if (down && address === 'a:1') throw unavailable('refused')
  }
  await Promise.all(Array.from({ length: 20 }, () => hello.ping()))
  down = false
  await clock.advance(2000)
  scripted.calls.length = 0
  for (let i = 0; i < 4; i++) await hello.ping()
  t.deepEqual(scripted.calls.toSorted(), ['a:1', 'a:1', 'b:1', 'b:1'])
  await disconnect(hello)
})

test('calls that were given up do not end a row of failures', async t => {
  const { scripted, hello } = connected('a,b')
  let answered = 0
  scripted.onCall = (address, call) => {
    if (address === 'b:1') return undefined
    if (++answered % 3 > 0) throw unavailable('broken', 'unknown')
    return new Promise((_, reject) => call.onCancel(reject))
  }
  for (let i = 0; i < 40; i++) {
    const abort = new AbortController()
    const called = outcome(withCall(hello, { signal: abort.signal }).ping())
    await new Promise(setImmediate)
    abort.abort()
    await called
  }
  t.is(answered, 7, 'five failures, and two calls that were given up between them')
  await disconnect(hello)
})

/** Calls an endpoint that fails, until it is ejected. */
async function untilEjected(t: ExecutionContext) {
  const told: string[] = []
  const metrics = new Metrics()
  const observer: CallObserver = {
    callBegan: () => undefined,
    ejectionChanged: ({ protocol, endpoint, state }) => told.push(`${protocol} ${endpoint.address} ${state}`),
  }
  const { scripted, clock, hello } = connected('a,b', { observers: [observer, metrics] })
  t.teardown(() => disconnect(hello))
  let isBroken = true
  scripted.onCall = address => {
    if (isBroken && address === 'a:1') throw unavailable('broken', 'unknown')
  }
  for (let i = 0; i < 10; i++) await outcome(hello.ping())
  isBroken = false
  return { told, metrics, clock, hello }
}

test('observers are told when an endpoint is ejected and when it returns', async t => {
  const { told, metrics, clock, hello } = await untilEjected(t)
  t.deepEqual(told, ['scripted a:1 ejected'])
  t.regex(metrics.text(), /^polywire_client_ejections_total\{server_address="a:1"\} 1$/m)
  t.regex(metrics.text(), /^polywire_client_ejected_endpoints\{server_address="a:1"\} 1$/m)
  await clock.advance(30_000)
  await hello.ping()
  t.deepEqual(told, ['scripted a:1 ejected', 'scripted a:1 returned'])
  t.regex(metrics.text(), /^polywire_client_ejections_total\{server_address="a:1"\} 1$/m)
  t.regex(metrics.text(), /^polywire_client_ejected_endpoints\{server_address="a:1"\} 0$/m)
})

test('an endpoint that is ejected while its channel closes does not stay ejected for observers', async t => {
  const { told, hello } = await untilEjected(t)
  await disconnect(hello)
  t.deepEqual(told, ['scripted a:1 ejected', 'scripted a:1 returned'])
})
