import test, { type ExecutionContext } from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect, withCall } from '../../src/client/proxy.js'
import { HealthCheckResponseServingStatus as ServingStatus } from '../../src/contracts/grpc/health/v1/health.js'
import { Code } from '../../src/core/code.js'
import { Headers } from '../../src/core/headers.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service } from '../../src/decorators/service.js'
import { retry } from '../../src/policies/attempts/retry.js'
import { Health } from '../../src/protocols/standard-services/health.js'
import { string } from '../../src/schema/algebra.js'
import type { ServeOptions } from '../../src/server/serve-options.js'
import { serve } from '../../src/server/start-server.js'
import { Metrics } from '../../src/telemetry/metrics.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { deferred } from '../support/deferred.js'

@Message('scraped.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('scraped.Echo')
class Echo {
  failures = 0
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    if (word.text === 'fail') throw new RpcError('no', Code.not_found)
    if (this.failures-- > 0) throw new RpcError('later', Code.unavailable, { delivery: 'refused' })
    return word
  }
}

async function started(t: ExecutionContext, options: ServeOptions) {
  const server = await serve([Echo], { report: () => {}, ...options })
  t.teardown(() => server.close())
  // Without keep-alive, and with the whole body, so that closing waits for nothing.
  const get = async (path: string, accept = '*/*', method = 'GET') => {
    const reply = await fetch(`http://${server.address}${path}`, { method, headers: { accept, connection: 'close' } })
    return { status: reply.status, type: reply.headers.get('content-type'), text: await reply.text() }
  }
  return { server, get }
}

async function called(
  t: ExecutionContext,
  target: string,
  calls: (remote: Echo) => Promise<unknown>,
  metrics?: Metrics,
) {
  const remote = connect(Echo, target, metrics === undefined ? {} : { observers: [metrics] })
  t.teardown(() => disconnect(remote))
  await calls(remote)
}

test('a scrape has the calls by method and code, bytes, connections and the event loop', async t => {
  const metrics = new Metrics()
  const { server, get } = await started(t, { metrics: { source: metrics } })
  const calls = async (remote: Echo) => {
    await remote.say({ text: 'hello' })
    await t.throwsAsync(remote.say({ text: 'fail' }))
  }
  await called(t, `grpc://${server.address}`, calls, metrics)
  await called(t, `thrift://${server.address}`, calls)
  await get('/metrics')
  const reply = await get('/metrics')
  t.is(reply.type, 'text/plain; version=0.0.4; charset=utf-8')
  const text = reply.text
  const has = (line: string | RegExp) => {
    const found = text.split('\n').some(one => (typeof line === 'string' ? one === line : line.test(one)))
    t.true(found, `${line} in\n${text}`)
  }
  const method = 'rpc_method="scraped.Echo/Say"'
  has('# TYPE rpc_server_call_duration_seconds histogram')
  has(`rpc_server_call_duration_seconds_count{rpc_system_name="grpc",${method},rpc_status_code="OK"} 1`)
  has(`rpc_server_call_duration_seconds_count{rpc_system_name="thrift",${method},rpc_status_code="OK"} 1`)
  has(`rpc_server_call_duration_seconds_count{rpc_system_name="grpc",${method},rpc_status_code="NOT_FOUND"} 1`)
  has(`rpc_server_call_duration_seconds_bucket{rpc_system_name="grpc",${method},rpc_status_code="OK",le="+Inf"} 1`)
  has(`rpc_client_call_duration_seconds_count{rpc_system_name="grpc",${method},rpc_status_code="OK"} 1`)
  has(`polywire_server_calls_in_flight{${method}} 0`)
  has(new RegExp(`^polywire_server_received_bytes_total{${method}} [1-9]`))
  has(new RegExp(`^polywire_client_sent_bytes_total{${method}} [1-9]`))
  has('polywire_server_connections{protocol="grpc"} 1')
  has(`polywire_client_attempts_total{${method},cause="first"} 2`)
  has(`polywire_client_picks_total{server_address="${server.address}"} 2`)
  has(/^nodejs_eventloop_delay_p99_seconds \d/)
  has(/^process_resident_memory_bytes \d/)
})

test('OpenMetrics has exemplars that lead to the trace of a call', async t => {
  const { server, get } = await started(t, { metrics: true })
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  await called(t, `grpc://${server.address}`, remote =>
    withCall(remote, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } }).say({ text: 'hello' }),
  )
  const reply = await get('/metrics', 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5')
  t.regex(String(reply.type), /openmetrics-text; version=1\.0\.0/)
  const text = reply.text
  t.regex(
    text,
    new RegExp(`_bucket\\{.*\\} 1 # \\{trace_id="${traceId}",span_id="00f067aa0ba902b7"\\} [\\d.e-]+ \\d+\\.\\d{3}\\n`),
  )
  t.regex(text, /\n# EOF\n$/)
  t.regex(text, /# TYPE polywire_server_received_bytes counter\n/)
})

test('retries, circuits and decisions are counted; methods that a stranger names count as one', async t => {
  const metrics = new Metrics()
  const echo = new Echo()
  const server = await serve([echo], { metrics: { source: metrics }, report: () => {} })
  const remote = connect(Echo, `grpc://${server.address}`, {
    observers: [metrics],
    policies: [retry({ attempts: 2, initialBackoff: 1 })],
  })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  echo.failures = 1
  await t.throwsAsync(remote.say({ text: 'hello' }), undefined, 'the server forgets that it was refused')
  metrics.breakerChanged({ method: { path: '/scraped.Echo/Say' } as never, endpoint: 'a:1', state: 'open' })
  for (let i = 0; i < 20; i++)
    await fetch(`http://${server.address}/scraped.Echo/Missing${i}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
  const text = metrics.text()
  t.regex(text, /polywire_client_circuit_state\{rpc_method="scraped.Echo\/Say",server_address="a:1"\} 2/)
  t.regex(
    text,
    /polywire_server_refused_requests_total\{rpc_system_name="connectrpc",rpc_method="_OTHER",reason="unknown_method"\} 20/,
  )
  t.false(text.includes('Missing'))
})

test('labels cannot fill the memory: what exceeds them is counted under _OTHER', t => {
  const metrics = new Metrics()
  for (let i = 0; i < 10_100; i++)
    metrics.breakerChanged({ method: { path: '/a/B' } as never, endpoint: `"${i}\\\n`, state: 'open' })
  const text = metrics.text()
  t.regex(text, /polywire_client_circuit_state\{rpc_method="_OTHER",server_address="_OTHER"\} 2/)
  t.regex(text, /polywire_dropped_series_total 100\n/)
  t.true(text.includes('server_address="\\"0\\\\\\n"'))
})

test('a scrape of 10,000 methods lets calls run in between', async t => {
  const metrics = new Metrics()
  const { server, get } = await started(t, { metrics: { source: metrics } })
  for (let i = 0; i < 10_000; i++) {
    const call = { method: { path: `/many.Methods/M${i}` }, headers: new Headers() } as never
    metrics.callBegan(call, 'server', 'grpc').ended({ error: undefined, shedBy: undefined, duration: 1 }, call)
  }
  const remote = connect(Echo, `grpc://${server.address}`)
  t.teardown(() => disconnect(remote))
  await remote.say({ text: 'first' })
  const writing = { hasBegun: false, isOver: false }
  const samples = metrics.samples.bind(metrics)
  metrics.samples = function* (format) {
    writing.hasBegun = true
    yield* samples(format)
    writing.isOver = true
  }
  const scrape = get('/metrics')
  let between = 0
  while (!writing.isOver) {
    const { hasBegun } = writing
    await remote.say({ text: 'hello' })
    if (hasBegun && !writing.isOver) between++
  }
  t.true(between > 0, 'calls began and ended while the page was written')
  const { text } = await scrape
  t.is(text.match(/_count\{.*many.Methods\/M\d+"/g)?.length, 10_000)
})

test('metrics can have a port of their own, and then the server does not show them', async t => {
  const { server, get } = await started(t, { metrics: { port: 0, path: '/figures' } })
  t.is((await get('/figures')).status, 404)
  const own = `http://127.0.0.1:${server.metricsPort}`
  t.is((await fetch(`${own}/figures`)).status, 200)
  t.is((await fetch(`${own}/`)).status, 404)
  await server.close()
  await t.throwsAsync(fetch(`${own}/figures`))
})

test('without metrics there is no such page', async t => {
  const { get } = await started(t, {})
  t.is((await get('/metrics')).status, 404)
})

test('a server is ready while its checks pass; alive it is always', async t => {
  const up = { database: true as unknown }
  let asked = 0
  const { get } = await started(t, {
    health: {
      database: () => {
        asked++
        if (up.database instanceof Error) throw up.database
        return up.database
      },
      cache: async () => {},
    },
  })
  t.is((await get('/healthz')).status, 200)
  t.is(asked, 0)
  const ready = await get('/readyz')
  t.deepEqual(
    [ready.status, JSON.parse(ready.text)],
    [200, { status: 'ready', checks: { database: 'ok', cache: 'ok' } }],
  )
  t.true(asked >= 1)
  t.is((await get('/readyz', '*/*', 'HEAD')).status, 200)
})

test('a check that fails makes the server not ready, over HTTP and for gRPC clients', async t => {
  const { server, get } = await started(t, {
    health: {
      database: () => {
        throw new Error('secret://password@host')
      },
    },
  })
  const ready = await get('/readyz')
  const { text } = ready
  t.deepEqual([ready.status, JSON.parse(text)], [503, { status: 'not ready', checks: { database: 'failing' } }])
  t.false(text.includes('secret'))
  const health = connect(Health, `grpc://${server.address}`)
  t.teardown(() => disconnect(health))
  t.is((await health.check({ service: '' })).status, ServingStatus.NOT_SERVING)
  for await (const { status } of health.watch({ service: 'scraped.Echo' })) {
    t.is(status, ServingStatus.NOT_SERVING)
    break
  }
})

test('a server that drains is not ready, while calls in flight go on', async t => {
  const began = deferred<void>()
  const go = deferred<void>()
  @Service('scraped.Slow')
  class Slow {
    @Method({ accepts: Word, returns: Word }) async wait(word: Word): Promise<Word> {
      began.resolve()
      await go.promise
      return word
    }
  }
  const server = await serve([Slow], {})
  const { address } = server
  const slow = connect(Slow, `http://${address}`)
  t.teardown(() => disconnect(slow))
  const { Agent } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { request } = await import('node:http')
  const status = () =>
    new Promise<number | string | undefined>((resolve, reject) => {
      const asked = request(`http://${address}/readyz`, { agent }, response => {
        response.resume()
        response.once('end', () => resolve(response.statusCode))
      })
      asked.once('error', reject)
      asked.end()
    })
  t.is(await status(), 200)
  const reply = slow.wait({ text: 'hello' })
  await began.promise
  const closing = server.close()
  t.not(await status().catch(() => 'refused'), 200)
  go.resolve()
  t.is((await reply).text, 'hello')
  await closing
  agent.destroy()
})

test('drainDelay: a server that closes is not ready, on every way to ask, and takes calls until the delay is over', async t => {
  const clock = new VirtualClock()
  const server = await serve([Echo], { clock, limits: { drainDelay: '5s' }, report: () => {} })
  const { address } = server
  const remote = connect(Echo, `grpc://${address}`)
  const health = connect(Health, `grpc://${address}`)
  t.teardown(async () => {
    await Promise.all([disconnect(remote), disconnect(health)])
    await server.close()
  })
  const ready = async () => {
    const reply = await fetch(`http://${address}/readyz`, { headers: { connection: 'close' } })
    return [reply.status, JSON.parse(await reply.text()).status]
  }
  const watched: ServingStatus[] = []
  const isWatched = deferred<void>()
  const watching = (async () => {
    for await (const { status } of health.watch({ service: '' })) {
      watched.push(status)
      isWatched.resolve()
    }
  })()
  await isWatched.promise
  t.deepEqual([await ready(), await server.ready()], [[200, 'ready'], true])
  const closing = server.close()
  t.deepEqual([await ready(), await server.ready()], [[503, 'draining'], false])
  t.is((await health.check({ service: '' })).status, ServingStatus.NOT_SERVING)
  t.is((await remote.say({ text: 'still' })).text, 'still')
  t.is((await fetch(`http://${address}/healthz`, { headers: { connection: 'close' } })).status, 200)
  await clock.advance(5000)
  await closing
  t.is(((await t.throwsAsync(watching)) as RpcError).code, Code.unavailable)
  t.deepEqual(watched, [ServingStatus.SERVING, ServingStatus.NOT_SERVING])
  await t.throwsAsync(fetch(`http://${address}/readyz`))
})

test('checks that are no functions, and paths without a slash, fail at start-up', async t => {
  await t.throwsAsync(serve([Echo], { health: { database: 'up' as never } }), { message: /health.database/ })
  await t.throwsAsync(serve([Echo], { metrics: { path: 'metrics' } }), { message: /metrics.path/ })
})

test('health: false leaves the pages out', async t => {
  const { get } = await started(t, { health: false })
  t.is((await get('/readyz')).status, 404)
})
