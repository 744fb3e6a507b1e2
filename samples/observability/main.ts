// A shop whose stock fails now and then, seen by traces and by Prometheus: npm run sample:observability
// It needs prometheus (Debian). It ends by itself. The exit code is 0 only if the trace shows a retry and every query has a result.
// dashboard.json is for Grafana: the same figures as charts.
import 'reflect-metadata'
import { connect, disconnect, Metrics, retry, serve } from 'polywire'
import { openTelemetry } from 'polywire/opentelemetry'
import { Prometheus, type Series } from './prometheus.js'
import { Orders, Stock } from './services.js'
import { Traces } from './traces.js'

const queries = [
  ['calls a second', 'sum by (rpc_method) (rate(rpc_server_call_duration_seconds_count[10s]))'],
  [
    'share of failures',
    'sum(rate(rpc_server_call_duration_seconds_count{error_type!=""}[10s])) / sum(rate(rpc_server_call_duration_seconds_count[10s]))',
  ],
  [
    'p99 in seconds',
    'histogram_quantile(0.99, sum by (le, rpc_method) (rate(rpc_server_call_duration_seconds_bucket[10s])))',
  ],
  ['attempts a second', 'sum by (cause) (rate(polywire_client_attempts_total[10s]))'],
  ['open connections', 'sum by (protocol) (polywire_server_connections)'],
] as const

const traces = new Traces()
const metrics = new Metrics()
const observers = [openTelemetry({ metrics: false }), metrics]

const stockServer = await serve([Stock], { host: '127.0.0.1', observers })
const policies = [retry({ attempts: 3, initialBackoff: '5ms' })]
const stock = connect(Stock, `grpc://${stockServer.address}`, { observers, policies })
const shop = await serve([new Orders(stock)], { host: '127.0.0.1', observers, metrics: { source: metrics } })
const orders = connect(Orders, `grpc://${shop.address}`, { observers })

const order = () => orders.order({ name: 'teapot', count: 1 })
try {
  const tree = await traces.record('buy a teapot', order)
  console.log(`One order, with its retry:\n\n${tree.join('\n')}\n`)
  await using prometheus = await Prometheus.scraping(shop.address)
  console.log(`What Prometheus says:\n`)
  let isComplete = tree.some(line => line.includes('(retry)'))
  for (const [title, query] of queries) {
    const series = await answered(prometheus, query)
    console.log(`${title}\n  ${query}\n${series.map(line).join('')}`)
    isComplete &&= series.length > 0
  }
  process.exitCode = isComplete ? 0 : 1
} finally {
  await Promise.all([disconnect(orders), disconnect(stock)])
  await Promise.all([shop.close(), stockServer.close()])
}

/** Orders go on until Prometheus has two scrapes to compare, for at most a minute. */
async function answered(prometheus: Prometheus, query: string): Promise<readonly Series[]> {
  const end = performance.now() + 60_000
  for (;;) {
    // Some fail for good, as their share of the calls shows.
    for (let i = 0; i < 20; i++) await order().catch(() => {})
    const series = await prometheus.query(query)
    if ((series.length > 0 && series.every(([, value]) => value !== 'NaN')) || performance.now() > end) return series
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

function line([labels, value]: Series): string {
  const named = Object.values(labels).join(', ') || 'all'
  return `  ${named.padEnd(24)} ${Number(value).toPrecision(3)}\n`
}
