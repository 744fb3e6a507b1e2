import test, { type ExecutionContext } from 'ava'
import {
  balanced,
  Code,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  Metrics,
  rateLimit,
  Service,
  serve,
  string,
  withCall,
} from '../../src/index.js'

@Message('series.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('series.Echo')
class Echo {
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    return word
  }
}

/** The same service, declared by another class, as an internal server has it beside a public one. */
@Service('series.Echo')
class Loud {
  @Method({ accepts: Word, returns: Word }) async say({ text }: Word): Promise<Word> {
    return { text: text.toUpperCase() }
  }
}

async function started(t: ExecutionContext, service: typeof Echo, metrics: Metrics) {
  const server = await serve([service], { observers: [metrics], metrics: { source: metrics, port: 0 } })
  const remote = connect(service, `grpc://${server.address}`, { observers: [metrics, metrics] })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  return remote
}

/** The samples of a page, by name and labels. */
function samplesOf(t: ExecutionContext, metrics: Metrics): Map<string, string> {
  const samples = new Map<string, string>()
  for (const line of metrics.text().split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const at = line.lastIndexOf(' ')
    const series = line.slice(0, at)
    t.false(samples.has(series), `${series} is on the page twice`)
    samples.set(series, line.slice(at + 1))
  }
  return samples
}

test('the calls of a method are one series, however many classes declare it', async t => {
  const metrics = new Metrics()
  const remotes = [await started(t, Echo, metrics), await started(t, Loud, metrics)]
  for (const remote of remotes) await remote.say({ text: 'hello' })
  await new Promise(setImmediate)
  const samples = samplesOf(t, metrics)
  const labels = '{rpc_system_name="grpc",rpc_method="series.Echo/Say",rpc_status_code="OK"}'
  t.is(samples.get(`rpc_server_call_duration_seconds_count${labels}`), '2', 'given twice, it counts once')
  t.is(samples.get(`rpc_client_call_duration_seconds_count${labels}`), '2')
  t.is(samples.get('polywire_client_calls_in_flight{rpc_method="series.Echo/Say"}'), '0')
})

test('a cancelled call has the status that gRPC calls CANCELLED', async t => {
  const metrics = new Metrics()
  const remote = await started(t, Echo, metrics)
  const { code } = await t.throwsAsync<Error & { code: Code }>(
    withCall(remote, { signal: AbortSignal.abort() }).say({ text: 'hello' }),
  )
  t.is(code, Code.canceled)
  t.regex(
    metrics.text(),
    /rpc_client_call_duration_seconds_count\{.*,rpc_status_code="CANCELLED",error_type="CANCELLED"\} 1\n/,
  )
})

test('a failover counts as decided only if there is an endpoint for it', async t => {
  const metrics = new Metrics()
  const busy = await serve([Echo], { policies: [rateLimit({ rate: 1e-6, burst: 1 })] })
  const decided = () => {
    const samples = samplesOf(t, metrics)
    const method = 'rpc_method="series.Echo/Say"'
    const decisions = `polywire_client_decisions_total{${method},policy="failover",action="failover"}`
    return [samples.get(decisions), samples.get(`polywire_client_attempts_total{${method},cause="failover"}`)]
  }
  const alone = connect(Echo, `grpc://${busy.address}`, { observers: [metrics] })
  t.teardown(async () => {
    await disconnect(alone)
    await busy.close()
  })
  await alone.say({ text: 'hello' })
  await t.throwsAsync(alone.say({ text: 'hello' }), { message: /too many calls/ })
  t.deepEqual(decided(), [undefined, undefined], 'no other endpoint')

  const free = await serve([Echo])
  const both = connect(Echo, `grpc://${busy.address},${free.address}`, {
    observers: [metrics],
    policies: [balanced('round-robin')],
  })
  t.teardown(async () => {
    await disconnect(both)
    await free.close()
  })
  for (let i = 0; i < 4; i++) await both.say({ text: 'hello' })
  const [decisions, attempts] = decided()
  t.true(Number(attempts) > 0)
  t.is(decisions, attempts)
})
