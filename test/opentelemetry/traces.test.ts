import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import * as stable from '@opentelemetry/semantic-conventions'
import test, { type ExecutionContext } from 'ava'
import {
  Code,
  connect,
  disconnect,
  Field,
  hedge,
  Message,
  Method,
  RpcError,
  retry,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  use,
} from '../../src/index.js'
import { conventions, durations } from '../../src/opentelemetry/conventions.js'
import { openTelemetry } from '../../src/opentelemetry/index.js'

const spans = new InMemorySpanExporter()
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 })
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
)

@Message('traced.Word')
class Word {
  @Field(1, string) text = ''
}

const seen: string[] = []

function active(where: string): void {
  seen.push(`${where} ${trace.getSpan(context.active())?.spanContext().spanId}`)
}

/** Fails the first call. */
class Failing {
  private has = false

  once(): void {
    if (this.has) return
    this.has = true
    throw new RpcError('later', Code.unavailable)
  }
}

@Service('traced.Hop')
class Hop {
  constructor(
    private readonly name: string,
    private readonly next: Hop | undefined,
    private readonly failing?: Failing,
  ) {}

  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    active(this.name)
    this.failing?.once()
    return this.next === undefined ? word : this.next.say(word)
  }
}

@Service('traced.Count')
class Count {
  @Method({ accepts: Word, returns: streamOf(Word) }) async *to(word: Word): AsyncIterable<Word> {
    active('first step')
    yield word
    active('second step')
    yield word
  }
}

const telemetry = openTelemetry({ attemptSpans: true })
const observers = [telemetry]

/** Serves a hop in as many processes as there are instances, and connects to them. */
async function hop(
  t: ExecutionContext,
  target: (addresses: string) => string,
  served: readonly Hop[],
  policies: ReturnType<typeof retry>[] = [],
) {
  const servers = await Promise.all(served.map(one => serve([one], { observers })))
  const remote = connect(Hop, target(servers.map(({ address }) => address).join(',')), { observers, policies })
  t.teardown(async () => {
    await disconnect(remote)
    await Promise.all(servers.map(server => server.close()))
  })
  return remote
}

function spanOf(all: readonly ReadableSpan[], id: string | undefined): ReadableSpan | undefined {
  return all.find(span => span.spanContext().spanId === id)
}

test.serial(
  'one call over four wires, with a retry and a hedge, is one trace whose parents are all linked',
  async t => {
    spans.reset()
    const avro = await hop(t, at => `avro://${at}`, [new Hop('avro', undefined)])
    const failing = new Failing()
    const replicas = [new Hop('thrift', avro, failing), new Hop('thrift', avro, failing)]
    const thrift = await hop(t, at => `thrift://${at}?transport=header`, replicas, [
      hedge({ attempts: 2, delay: '10s' }),
    ])
    const http = await hop(
      t,
      at => `http://${at}`,
      [new Hop('http', thrift, new Failing())],
      [retry({ initialBackoff: 1 })],
    )
    const grpc = await hop(t, at => `grpc://${at}`, [new Hop('grpc', http)])
    const tracer = trace.getTracer('test')
    await tracer.startActiveSpan('root', async root => {
      t.is((await grpc.say({ text: 'hello' })).text, 'hello')
      root.end()
    })
    await new Promise(setImmediate)
    const all = spans.getFinishedSpans()
    t.is(new Set(all.map(span => span.spanContext().traceId)).size, 1)
    const unlinked = all.filter(
      span => span.name !== 'root' && spanOf(all, span.parentSpanContext?.spanId) === undefined,
    )
    t.deepEqual(
      unlinked.map(span => span.name),
      [],
    )
    for (const span of all.filter(({ kind }) => kind === SpanKind.SERVER))
      t.regex(
        spanOf(all, span.parentSpanContext?.spanId)?.name ?? '',
        / attempt \d$/,
        'a server span is below an attempt',
      )
    const attempts = all.filter(span => / attempt 2$/.test(span.name))
    t.deepEqual(attempts.map(span => span.attributes['polywire.attempt.cause']).sort(), ['hedge', 'retry'])
    t.is(all.length, 1 + 4 + 6 + 6, 'the root, four calls, six attempts and what served them')
  },
)

test.serial('parallel attempts carry their own span', async t => {
  spans.reset()
  const first = await serve([new Hop('one', undefined, new Failing())], { observers })
  const second = await serve([new Hop('two', undefined, new Failing())], { observers })
  const remote = connect(Hop, `grpc://${first.address},${second.address}`, {
    observers,
    policies: [hedge({ attempts: 2, delay: '10s' })],
  })
  t.teardown(async () => {
    await disconnect(remote)
    await first.close()
    await second.close()
  })
  await t.throwsAsync(remote.say({ text: 'hello' }))
  await new Promise(setImmediate)
  const all = spans.getFinishedSpans()
  const served = all.filter(({ kind, name }) => kind === SpanKind.SERVER && name === 'traced.Hop/Say')
  t.is(served.length, 2)
  const parents = served.map(span => spanOf(all, span.parentSpanContext?.spanId)?.attributes['polywire.attempt.cause'])
  t.deepEqual(parents.sort(), ['first', 'hedge'])
})

test.serial('the span of the call is active in policies, handlers and every step of a generator', async t => {
  spans.reset()
  seen.length = 0
  const watching = use(
    next => call => {
      active('policy')
      return next(call)
    },
    { name: 'watching', stage: 'handler' },
  )
  const server = await serve([Count], { observers, policies: [watching] })
  const remote = connect(Count, `grpc://${server.address}`, { observers })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  for await (const word of remote.to({ text: 'hello' })) t.is(word.text, 'hello')
  await new Promise(setImmediate)
  const span = spans.getFinishedSpans().find(({ kind }) => kind === SpanKind.SERVER)
  const id = span?.spanContext().spanId
  t.deepEqual(seen, [`policy ${id}`, `first step ${id}`, `second step ${id}`])
})

test.serial('spans and metrics have the attributes of the conventions', async t => {
  spans.reset()
  const server = await serve([new Hop('fails', undefined, new Failing())], { observers })
  const remote = connect(Hop, `grpc://${server.address}`, { observers })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  await t.throwsAsync(remote.say({ text: 'hello' }))
  await new Promise(setImmediate)
  const all = spans.getFinishedSpans()
  const call = all.find(({ kind, name }) => kind === SpanKind.CLIENT && name === 'traced.Hop/Say')
  const [host, port] = server.address.split(':')
  t.like(call?.attributes, {
    [stable.ATTR_RPC_SYSTEM_NAME]: stable.RPC_SYSTEM_NAME_VALUE_GRPC,
    [stable.ATTR_RPC_METHOD]: 'traced.Hop/Say',
    [stable.ATTR_RPC_STATUS_CODE]: 'UNAVAILABLE',
    [stable.ATTR_ERROR_TYPE]: 'UNAVAILABLE',
    [stable.ATTR_SERVER_ADDRESS]: host,
    [stable.ATTR_SERVER_PORT]: Number(port),
  })
  t.is(call?.status.code, SpanStatusCode.ERROR)
  const served = all.find(({ kind }) => kind === SpanKind.SERVER)
  t.is(served?.attributes[stable.ATTR_NETWORK_PEER_ADDRESS], '127.0.0.1')
  await reader.forceFlush()
  const found =
    measured
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap(one => one.metrics) ?? []
  const duration = found.find(({ descriptor }) => descriptor.name === stable.METRIC_RPC_SERVER_CALL_DURATION)
  t.is(duration?.descriptor.unit, 's')
  t.true(duration?.dataPoints.some(({ attributes }) => attributes[stable.ATTR_RPC_STATUS_CODE] === 'UNAVAILABLE'))
})

test.serial('every name is a stable one of the conventions', t => {
  const names = new Set<unknown>(Object.values(stable))
  for (const name of [...Object.values(conventions), ...Object.values(durations)]) t.true(names.has(name), name)
})

test.serial('a refused request is a span with the method _OTHER', async t => {
  spans.reset()
  const server = await serve([Count], { observers })
  t.teardown(() => server.close())
  const url = `http://${server.address}/traced.Count/Missing`
  await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).text()
  const [span] = spans.getFinishedSpans()
  t.like(span?.attributes, {
    'rpc.method': '_OTHER',
    'rpc.method_original': 'traced.Count/Missing',
    'rpc.status_code': 'UNIMPLEMENTED',
  })
})

test.serial('a wire without headers says at start-up that traces end there', t => {
  const reports: unknown[] = []
  connect(Hop, 'thrift://127.0.0.1:1', { observers, report: text => reports.push(text) })
  t.regex(String(reports[0]), /thrift carries no headers over this transport/)
  connect(Hop, 'thrift://127.0.0.1:1?transport=header', { observers, report: text => reports.push(text) })
  t.is(reports.length, 1)
})

test.serial(
  'sample decides before headers are read: the other calls send none, and what they call follows them',
  async t => {
    const sampled = [openTelemetry({ sample: 0, metrics: false })]
    const inner = await serve([new Hop('inner', undefined)], { observers: sampled })
    const toInner = connect(Hop, `grpc://${inner.address}`, { observers: sampled })
    const outer = await serve([new Hop('outer', toInner)], { observers: sampled })
    const client = connect(Hop, `grpc://${outer.address}`, { observers: sampled })
    const tracing = connect(Hop, `grpc://${outer.address}`, { observers })
    t.teardown(async () => {
      await Promise.all([client, tracing, toInner].map(remote => disconnect(remote)))
      await Promise.all([outer.close(), inner.close()])
    })
    spans.reset()
    await client.say({ text: 'hello' })
    await new Promise(setImmediate)
    t.deepEqual(spans.getFinishedSpans(), [])
    await tracing.say({ text: 'hello' })
    await new Promise(setImmediate)
    const all = spans.getFinishedSpans()
    t.is(new Set(all.map(span => span.spanContext().traceId)).size, 1)
    t.deepEqual(
      all.filter(({ kind }) => kind === SpanKind.SERVER).map(({ name }) => name),
      ['traced.Hop/Say', 'traced.Hop/Say'],
      'a traced caller is followed through both servers',
    )
    t.throws(() => openTelemetry({ sample: 2 }), { message: /sample must be from 0 to 1, got 2/ })
  },
)

test.serial('an unsampled trace is passed on, and its attempts make no spans', async t => {
  const server = await serve([new Hop('unsampled', undefined)], { observers })
  const remote = connect(Hop, `grpc://${server.address}`, { observers })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  spans.reset()
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 }
  await context.with(trace.setSpanContext(context.active(), parent), () => remote.say({ text: 'hello' }))
  await new Promise(setImmediate)
  t.deepEqual(spans.getFinishedSpans(), [])
})

test.serial('the entry is small: attempts can be events, and calls can be left out', async t => {
  const quiet = [
    openTelemetry({ attemptSpans: false, metrics: false, ignore: ({ serviceName }) => serviceName === 'traced.Count' }),
  ]
  const server = await serve([Count, new Hop('quiet', undefined)], { observers: quiet })
  const remote = connect(Hop, `grpc://${server.address}`, { observers: quiet })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  spans.reset()
  await remote.say({ text: 'hello' })
  await new Promise(setImmediate)
  const all = spans.getFinishedSpans()
  t.deepEqual(all.map(({ name, kind }) => [name, SpanKind[kind]]).sort(), [
    ['traced.Hop/Say', 'CLIENT'],
    ['traced.Hop/Say', 'SERVER'],
  ])
  const client = all.find(({ kind }) => kind === SpanKind.CLIENT)
  t.deepEqual(
    client?.events.map(({ name }) => name),
    ['attempt'],
  )
  t.is(all.find(({ kind }) => kind === SpanKind.SERVER)?.parentSpanContext?.spanId, client?.spanContext().spanId)
})
