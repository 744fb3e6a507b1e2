import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import {
  Code,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  Metrics,
  RpcError,
  Service,
  serve,
  string,
} from '../../src/index.js'
import { freePort } from '../support/free-port.js'
import { says } from '../support/programs.js'

@Message('monitored.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('monitored.Echo')
class Echo {
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    if (word.text === 'fail') throw new RpcError('no', Code.not_found)
    return word
  }
}

/** A server and its client, on one page of metrics, after some calls. */
async function monitored() {
  const metrics = new Metrics()
  const server = await serve([Echo], { metrics: { source: metrics } })
  const remote = connect(Echo, `grpc://${server.address}`, { observers: [metrics] })
  const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
  await fetch(`http://${server.address}/monitored.Echo/Say`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"text":"hello"}',
  }).then(reply => reply.text())
  for (let i = 0; i < 5; i++) await remote.say({ text: 'hello' })
  await remote.say({ text: 'fail' }).catch(() => {})
  return { server, metrics, remote }
}

test('promtool finds nothing wrong with the metrics', async t => {
  const { server, metrics, remote } = await monitored()
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  // The first page begins the watch of the event loop, and the second tells of it.
  metrics.text()
  const page = await fetch(`http://${server.address}/metrics`).then(reply => reply.text())
  t.regex(page, /^nodejs_eventloop_delay_p99_seconds /m)
  const check = spawn('promtool', ['check', 'metrics'])
  let said = ''
  check.stdout.on('data', chunk => (said += chunk))
  check.stderr.on('data', chunk => (said += chunk))
  check.stdin.end(page)
  const [code] = (await once(check, 'close')) as [number]
  t.deepEqual([code, said], [0, ''])
})

test('Prometheus scrapes the page and answers queries over it', async t => {
  const { server, remote } = await monitored()
  const folder = await mkdtemp(join(tmpdir(), 'polywire-prometheus-'))
  const port = await freePort()
  await writeFile(
    join(folder, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'polywire', static_configs: [{ targets: [server.address] }] }],
    }),
  )
  const prometheus = spawn('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  ])
  t.teardown(async () => {
    prometheus.kill()
    await once(prometheus, 'close')
    await disconnect(remote)
    await server.close()
    await rm(folder, { recursive: true })
  })
  await says(prometheus.stderr, 'Server is ready')
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()
  const query = async (text: string): Promise<[Record<string, string>, string][]> => {
    for (;;) {
      const { data } = (await ask(`query?query=${encodeURIComponent(text)}`)) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      if (data.result.length > 0) return data.result.map(({ metric, value }) => [metric, value[1]])
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
  const calls = await query('sum by (rpc_system_name, rpc_status_code) (rpc_server_call_duration_seconds_count)')
  t.deepEqual(
    calls
      .map(([{ rpc_system_name, rpc_status_code }, count]) => `${rpc_system_name} ${rpc_status_code} ${count}`)
      .sort(),
    ['connectrpc OK 1', 'grpc NOT_FOUND 1', 'grpc OK 5'],
  )
  t.is((await query('up'))[0]?.[1], '1')
  const [[, p99] = [{}, 'NaN']] = await query(
    'histogram_quantile(0.99, sum by (le) (rpc_server_call_duration_seconds_bucket))',
  )
  t.true(Number(p99) > 0, p99)
  const now = Date.now() / 1000
  const exemplars = JSON.stringify(
    await ask(`query_exemplars?query=rpc_server_call_duration_seconds_bucket&start=${now - 600}&end=${now + 600}`),
  )
  t.true(exemplars.includes('a'.repeat(32)), exemplars)
})
