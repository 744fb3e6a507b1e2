import test from 'ava'
import type { ActiveCall } from '../../src/core/active-call.js'
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
