import test from 'ava'
import type { Call, MethodInfo } from '../../src/core/call.js'
import type { ObservedAttempt } from '../../src/core/call-observer.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const minute = 60_000

function methodOf(kind: MethodInfo['kind'] = 'unary'): MethodInfo {
  return { name: 'Say', serviceName: 'a.Echo', path: '/a.Echo/Say', kind, idempotency: 'unknown' }
}

/** A history on a virtual clock, and calls that it sees without a server. */
function watched() {
  const clock = new VirtualClock()
  const calls = new CallHistory({ clock })
  const method = methodOf()
  const call = { method, clock, id: 'id', deadline: Number.POSITIVE_INFINITY } as unknown as Call
  const begin = (of = method) => calls.callBegan({ ...call, method: of }, 'server', 'grpc')
  const end = (duration = 1, error?: RpcError) => begin().ended({ error, shedBy: undefined, duration }, call)
  const view = (range: 'minute' | 'hour' | 'day' = 'minute') => {
    const found = calls.find(method.path, 'server')?.view(range)
    if (found === undefined) throw new Error('the method was not called')
    return found
  }
  return { clock, call, calls, begin, end, view }
}

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

test('calls move through the slots of each range, and leave them', async t => {
  const { clock, end, view } = watched()
  end()
  end(1, new RpcError('no', Code.not_found))
  end(1, new RpcError('away', Code.unavailable))
  t.deepEqual([view().calls.at(-1), view().failed.at(-1), view().unhealthy.at(-1)], [3, 2, 1])
  await clock.advance(10_000)
  t.is(view().calls.at(-11), 3)
  await clock.advance(51_000)
  t.is(sum(view().calls), 0)
  t.is(view().p99, null)
  t.is(sum(view('hour').calls), 3)
  await clock.advance(60 * minute)
  t.is(sum(view('hour').calls), 0)
  t.is(sum(view('day').calls), 3)
  await clock.advance(25 * 60 * minute)
  t.is(sum(view('day').calls), 0)
})

test('percentiles are within the width of a bucket', t => {
  for (const duration of [0.2, 3, 40, 700, 20_000]) {
    const { end, view } = watched()
    for (let at = 0; at < 100; at++) end(duration)
    const { p50, p99 } = view()
    for (const value of [p50, p99]) t.true(Math.abs((value ?? 0) / duration - 1) < 0.35, `${value} of ${duration}`)
  }
})

test('a call that nobody looks at has no object of its own', async t => {
  const { clock, calls, begin } = watched()
  t.is(begin(), begin())
  calls.look()
  t.not(begin(), begin())
  await clock.advance(6 * minute)
  t.is(begin(), begin())
})

test('calls in flight are counted either way', t => {
  const { call, calls, begin, view } = watched()
  const first = begin()
  calls.look()
  const second = begin()
  t.is(view().inFlight, 2)
  for (const one of [first, second]) one.ended({ error: undefined, shedBy: undefined, duration: 1 }, call)
  t.is(view().inFlight, 0)
})

test('what policies did is counted, looked at or not, and leaves with its slots', async t => {
  const { clock, call, calls, begin, view } = watched()
  const ended = (outcome: { error?: RpcError; shedBy?: string } = {}) => ({
    ...{ error: undefined, shedBy: undefined, duration: 1 },
    ...outcome,
  })
  const decide = () => {
    const observed = begin()
    observed?.decided?.({ policy: 'retry', action: 'retry', why: 'backoff', delay: 5 })
    observed?.decided?.({ policy: 'failover', action: 'failover', why: '' })
    observed?.ended(ended(), call)
  }
  decide()
  calls.look()
  decide()
  begin()?.ended(ended({ error: new RpcError('full', Code.resource_exhausted), shedBy: 'rateLimit' }), call)
  const late = calls.callBegan(call, 'client', 'grpc')
  late?.ended(ended({ error: new RpcError('late', Code.deadline_exceeded) }), call)
  t.deepEqual(view().work, [
    { policy: 'retry', action: 'retry', count: 2 },
    { policy: 'failover', action: 'failover', count: 2 },
    { policy: 'rateLimit', action: 'refused', count: 1 },
  ])
  t.deepEqual(calls.find('/a.Echo/Say', 'client')?.view('hour').work, [
    { policy: 'timeout', action: 'expired', count: 1 },
  ])
  for (let nth = 0; nth < 100; nth++) begin()?.decided?.({ policy: `strange${nth}`, action: 'stop', why: '' })
  t.is(view().work.length, 32, 'names cannot fill the memory')
  await clock.advance(61_000)
  t.deepEqual(view().work, [])
  t.is(view('hour').work[0]?.count, 2)
})

test('a call is slow above the 99th percentile of the last minute', async t => {
  const { clock, calls, end } = watched()
  end(90)
  t.is(calls.records().length, 0, 'before there are enough calls, from 100 ms')
  end(150)
  t.is(calls.records()[0]?.slow, true)
  await clock.advance(2 * minute)
  for (let at = 0; at < 200; at++) end(1)
  await clock.advance(1000)
  end(1)
  t.is(calls.records().length, 1)
  end(20)
  t.is(calls.records()[0]?.took, 20)
})

test('nothing grows: neither calls, nor attempts, nor texts', t => {
  const { call, calls, begin } = watched()
  calls.look()
  for (let one = 0; one < 1000; one++) {
    const observation = begin()
    for (let at = 0; at < (one === 999 ? 500 : 1); at++) {
      const attempt = { number: at + 1, endpoint: { address: 'a:1' }, cause: 'retry', balancer: 'random' }
      observation.attemptBegan?.(attempt as ObservedAttempt)?.ended(undefined)
      observation.decided?.({ policy: 'retry', action: 'retry', why: 'x'.repeat(5000) })
    }
    observation.ended({ error: new RpcError('y'.repeat(5000), Code.internal), shedBy: undefined, duration: 1 }, call)
  }
  const records = calls.records()
  t.is(records.length, 100)
  const [last] = records
  t.is(last?.attempts.length, 100)
  t.is(last?.decisions.length, 100)
  t.true((last?.message?.length ?? 0) < 1100)
  t.true((last?.decisions[0]?.why.length ?? 0) < 1100)
})

test('beyond 1,000 endpoints picks count together, until one was not picked for a minute', async t => {
  const { call, calls, begin, clock } = watched()
  calls.look()
  const pick = (address: string) => {
    const observation = begin()
    const attempt = { number: 1, endpoint: { address }, cause: 'first', balancer: 'random' }
    observation.attemptBegan?.(attempt as ObservedAttempt)?.ended(undefined)
    observation.ended({ error: undefined, shedBy: undefined, duration: 1 }, call)
  }
  const picksOf = (address: string) => sum(calls.picksOf('a.Echo', address).calls)
  const others = () => sum(calls.otherPicksOf('a.Echo').calls)
  for (let at = 0; at < 2000; at++) pick(`a:${at}`)
  t.deepEqual([picksOf('a:999'), picksOf('a:1000'), others()], [1, 0, 1000])
  await clock.advance(59_000)
  // The oldest stays, because it was picked again; the next one gives its place.
  pick('a:0')
  await clock.advance(2000)
  pick('a:1500')
  t.deepEqual([picksOf('a:0'), picksOf('a:1500'), others()], [1, 1, 0])
  t.is(sum(calls.otherPicksOf('another.Echo').calls), 0)
})

test('a stream is open until it ends, and its duration is no latency', t => {
  const { call, calls, begin } = watched()
  calls.look()
  const method = methodOf('bidi_streaming')
  const observation = begin(method)
  t.is(calls.openStreams.length, 1)
  observation.ended({ error: undefined, shedBy: undefined, duration: 100_000 }, call)
  t.is(calls.openStreams.length, 0)
  t.deepEqual(calls.records(), [])
})

test('circuits that opened are remembered for a minute, and only so many', async t => {
  const { calls, clock } = watched()
  const change = { method: methodOf(), endpoint: 'a:1', state: 'open' } as const
  calls.breakerChanged(change)
  calls.breakerChanged({ ...change, state: 'half-open' })
  await clock.advance(1000)
  t.deepEqual(calls.openedIn(['a.Echo']), [{ endpoint: 'a:1', ago: 1000 }])
  t.deepEqual(calls.openedIn(['a.Other']), [])
  for (let at = 0; at < 1000; at++) calls.breakerChanged(change)
  t.is(calls.openedIn(['a.Echo']).length, 100)
  await clock.advance(minute)
  t.deepEqual(calls.openedIn(['a.Echo']), [])
})

test('ejections are remembered for a minute, by the target of their channel', async t => {
  const { calls, clock } = watched()
  const change = { protocol: 'grpc', target: 'grpc://a:1,b:1', endpoint: { address: 'a:1' } } as const
  calls.ejectionChanged({ ...change, state: 'ejected' })
  calls.ejectionChanged({ ...change, state: 'returned' })
  await clock.advance(1000)
  t.deepEqual(calls.ejectedFrom('grpc://a:1,b:1'), [{ endpoint: 'a:1', ago: 1000 }])
  t.deepEqual(calls.ejectedFrom('grpc://c:1'), [])
  await clock.advance(minute)
  t.deepEqual(calls.ejectedFrom('grpc://a:1,b:1'), [])
})

test('the calls of a side are summed up, and their peak is remembered', t => {
  const { calls, begin, call } = watched()
  const outcome = { error: undefined, shedBy: undefined, duration: 1 }
  const [first, second] = [begin(), begin({ ...methodOf(), path: '/a.Echo/Other' })]
  first.ended(outcome, call)
  second.ended(outcome, call)
  begin().ended(outcome, call)
  t.is(calls.peak, 2)
  t.is(sum(calls.traffic('server', 'minute').calls), 3)
  t.is(sum(calls.traffic('client', 'minute').calls), 0)
})
