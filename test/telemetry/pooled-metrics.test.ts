import test from 'ava'
import { mostSeries } from '../../src/telemetry/counters.js'
import { expose } from '../../src/telemetry/exposition.js'
import { Metrics } from '../../src/telemetry/metrics.js'
import { type Figure, figuresOf, PooledMetrics } from '../../src/telemetry/pooled-metrics.js'

const both = new Map([
  [1, true],
  [2, true],
])

function linesOf(pool: PooledMetrics, answered: ReadonlyMap<number, boolean> = both): string[] {
  const text = [...expose(pool.collect(answered), 'openmetrics')].join('')
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
}

const picks = (value: number, address = 'a:1'): Figure => ['polywire_client_picks', [address], value]
const inFlight = (value: number): Figure => ['polywire_server_calls_in_flight', ['a.Echo/Say'], value]

test('counters and gauges of workers are added up; what tells of a process keeps its worker', t => {
  const pool = new PooledMetrics()
  pool.take(1, [picks(2), inFlight(1), ['process_resident_memory_bytes', [], 100]])
  pool.take(2, [picks(3), picks(1, 'b:1'), inFlight(4), ['process_resident_memory_bytes', [], 200]])
  t.deepEqual(linesOf(pool), [
    'polywire_server_calls_in_flight{rpc_method="a.Echo/Say"} 5',
    'polywire_client_picks_total{server_address="a:1"} 5',
    'polywire_client_picks_total{server_address="b:1"} 1',
    'process_resident_memory_bytes{worker="1"} 100',
    'process_resident_memory_bytes{worker="2"} 200',
    'polywire_worker_answered{worker="1"} 1',
    'polywire_worker_answered{worker="2"} 1',
  ])
})

test('counters never go back: a worker that does not answer, or ended, keeps its last figures', t => {
  const pool = new PooledMetrics()
  pool.take(1, [picks(2), inFlight(1)])
  pool.take(2, [picks(3), inFlight(4)])
  const silent = new Map([...both, [2, false] as const])
  t.deepEqual(linesOf(pool, silent), [
    'polywire_server_calls_in_flight{rpc_method="a.Echo/Say"} 1',
    'polywire_client_picks_total{server_address="a:1"} 5',
    'polywire_worker_answered{worker="1"} 1',
    'polywire_worker_answered{worker="2"} 0',
  ])
  pool.ended(2)
  pool.ended(2)
  t.true(linesOf(pool, silent).includes('polywire_client_picks_total{server_address="a:1"} 5'))
  pool.take(2, [picks(1), inFlight(7)])
  t.deepEqual(linesOf(pool).slice(0, 2), [
    'polywire_server_calls_in_flight{rpc_method="a.Echo/Say"} 8',
    'polywire_client_picks_total{server_address="a:1"} 6',
  ])
})

test('histograms are added up through JSON, and the newest exemplar stays', t => {
  const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
  const labels = ['grpc', 'a.Echo/Say', 'OK', null]
  const histogram = (count: number, at: number) => ({
    counts: [count, ...new Array<number>(14).fill(0)],
    exemplars: [{ ...trace, value: count, at }],
    sum: count / 1000,
    count,
  })
  const pool = new PooledMetrics()
  for (const [worker, count, at] of [
    [1, 3, 20],
    [2, 4, 10],
  ] as const) {
    const figure: Figure = ['rpc_server_call_duration_seconds', labels, histogram(count, at)]
    pool.take(worker, JSON.parse(JSON.stringify([figure])))
  }
  const [first = ''] = linesOf(pool)
  t.is(
    first,
    'rpc_server_call_duration_seconds_bucket{rpc_system_name="grpc",rpc_method="a.Echo/Say",rpc_status_code="OK",le="0.005"} 7 ' +
      `# {trace_id="${trace.traceId}",span_id="${trace.spanId}"} 3 20.000`,
  )
  t.true(linesOf(pool).some(line => /_sum\{.*\} 0\.007$/.test(line)))
  t.true(linesOf(pool).some(line => /_count\{.*\} 7$/.test(line)))
})

test('endpoints of ever new workers do not fill the memory', t => {
  const pool = new PooledMetrics()
  for (let round = 0; round < 3; round++) {
    pool.take(
      1,
      Array.from({ length: mostSeries / 2 }, (_, at) => picks(1, `${round}.${at}`)),
    )
    pool.ended(1)
  }
  const lines = linesOf(pool)
  t.true(lines.length <= mostSeries + 3)
  t.true(lines.includes(`polywire_client_picks_total{server_address="_OTHER"} ${mostSeries / 2}`))
})

test('the figures of a process are those of its own page', t => {
  const metrics = new Metrics()
  metrics.breakerChanged({ method: { path: '/a.Echo/Say' } as never, endpoint: 'a:1', state: 'open' })
  const figures = [...figuresOf(metrics, 'text')]
  t.deepEqual(
    figures.find(([name]) => name === 'polywire_client_circuit_state'),
    ['polywire_client_circuit_state', ['a.Echo/Say', 'a:1'], 2],
  )
})
