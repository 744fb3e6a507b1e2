import test from 'ava'
import type { ActiveCall } from '../../src/core/active-call.js'
import type { CallObserver } from '../../src/core/call-observer.js'
import { Code } from '../../src/core/code.js'
import { Headers } from '../../src/core/headers.js'
import { Observers } from '../../src/core/observers.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Metrics } from '../../src/telemetry/metrics.js'
import { methodInfo } from '../support/calls.js'

const method = methodInfo()

/** A call that counts how often its headers are read, which makes a server parse them. */
function countingCall(count: { reads: number }, clock = { now: () => 0 }): ActiveCall {
  return {
    method,
    clock,
    began: 0,
    get headers() {
      count.reads++
      return new Headers()
    },
  } as unknown as ActiveCall
}

test('all calls of a method share one observation of the metrics', t => {
  const metrics = new Metrics()
  const call = countingCall({ reads: 0 })
  t.is(metrics.callBegan(call, 'server', 'grpc'), metrics.callBegan(call, 'server', 'grpc'))
  t.not(metrics.callBegan(call, 'server', 'grpc'), metrics.callBegan(call, 'server', 'http'))
})

test('calls without a trace are soon not asked for one, until the next scrape', t => {
  const metrics = new Metrics()
  const count = { reads: 0 }
  const run = () => {
    for (let i = 0; i < 1000; i++) {
      const call = countingCall(count)
      metrics.callBegan(call, 'server', 'grpc').ended({ error: undefined, shedBy: undefined, duration: 1 }, call)
    }
  }
  run()
  t.is(count.reads, 200)
  metrics.text('openmetrics')
  run()
  t.is(count.reads, 400)
})

test('a clock that jumps backwards ends a call with a duration of 0', t => {
  let now = 1000
  const metrics = new Metrics()
  const call = countingCall({ reads: 0 }, { now: () => now })
  const observed = Observers.of([metrics], error => t.fail(String(error)))
    ?.of(method, 'client', 'grpc')
    .begin(call)
  now = -5
  observed?.end(new RpcError('late', Code.unavailable))
  observed?.end(undefined)
  t.regex(metrics.text(), /rpc_client_call_duration_seconds_sum\{[^}]*UNAVAILABLE[^}]*\} 0\n/)
  t.regex(metrics.text(), /rpc_client_call_duration_seconds_count\{[^}]*UNAVAILABLE[^}]*\} 1\n/)
})

test('an observer that is bound to a method sees its calls without a look-up; the others see each call', t => {
  const told: string[] = []
  const reported: unknown[] = []
  const bound: CallObserver = {
    bindMethod(of, side, protocol, target) {
      told.push(`bound ${of.path} ${side} ${protocol} ${target}`)
      return { callBegan: () => ({ ended: () => told.push('bound: ended') }) }
    },
    callBegan: () => t.fail('it is bound') as undefined,
  }
  const unbound: CallObserver = {
    bindMethod: () => undefined,
    callBegan: (_call, side, protocol, target) => ({ ended: () => told.push(`${side} ${protocol} ${target}: ended`) }),
  }
  const broken: CallObserver = {
    bindMethod: () => {
      throw new Error('cannot bind')
    },
    callBegan: () => ({ ended: () => told.push('broken: ended') }),
  }
  const observed = Observers.of([bound, unbound, broken], error => reported.push(error))?.of(
    method,
    'client',
    'grpc',
    'a',
  )
  t.deepEqual(told, [], 'it is bound with the first call')
  for (let i = 0; i < 2; i++) observed?.begin(countingCall({ reads: 0 }))?.end(undefined)
  const ended = ['bound: ended', 'client grpc a: ended', 'broken: ended']
  t.deepEqual(told, [`bound ${method.path} client grpc a`, ...ended, ...ended])
  t.deepEqual(reported, [new Error('cannot bind')])
})

test('calls that end on a server in one tick are told in the next: once each, with what came before, at one time', async t => {
  const told: unknown[] = []
  const observer: CallObserver = {
    callBegan: () => ({
      message: (direction, bytes) => told.push(direction, bytes),
      ended: ({ error, duration }) => told.push(error, duration),
    }),
  }
  const readings: number[] = []
  const clock = { now: () => readings.push(7) && 7 }
  const method = Observers.of([observer], error => t.fail(String(error)))?.of(methodInfo(), 'server', 'grpc')
  const calls = Array.from({ length: 3 }, () => method?.begin(countingCall({ reads: 0 }, clock)))
  const failure = new RpcError('late', Code.unavailable)
  for (const call of calls) {
    call?.end(undefined)
    call?.end(failure)
    call?.message('sent', 11)
  }
  t.deepEqual(told, ['sent', 11, 'sent', 11, 'sent', 11])
  await new Promise(resolve => process.nextTick(resolve))
  t.deepEqual(told.slice(6), [undefined, 7, undefined, 7, undefined, 7])
  t.is(readings.length, 1)
  const held = method?.begin(countingCall({ reads: 0 }, clock))
  held?.holdEnd()
  held?.end(undefined)
  await new Promise(resolve => process.nextTick(resolve))
  t.is(told.length, 12)
  held?.message('sent', 5)
  held?.releaseEnd()
  t.deepEqual(told.slice(12), ['sent', 5, undefined, 7])
})
