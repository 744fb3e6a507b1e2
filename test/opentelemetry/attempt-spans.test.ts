import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { hrTimeToMilliseconds, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import test, { type ExecutionContext } from 'ava'
import {
  balanced,
  Code,
  connect,
  disconnect,
  Field,
  hedge,
  Message,
  Method,
  type PolicyDefinition,
  RpcError,
  retry,
  Safe,
  Service,
  serve,
  string,
} from '../../src/index.js'
import { openTelemetry } from '../../src/opentelemetry/index.js'

const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
const observers = [openTelemetry({ metrics: false })]

@Message('tried.Word')
class Word {
  @Field(1, string) text = ''
}

/** Fails as often as it is told, all replicas together. */
@Service('tried.Door')
class Door {
  constructor(private readonly failures: { left: number }) {}

  @Method({ accepts: Word, returns: Word }) @Safe() async knock(word: Word): Promise<Word> {
    if (this.failures.left-- > 0) throw new RpcError('nobody is there', Code.unavailable)
    return word
  }
}

/** Calls two replicas, over a wire and with a policy. @returns the spans of the call */
async function knock(
  t: ExecutionContext,
  scheme: string,
  failures: number,
  policies: readonly PolicyDefinition[] = [],
) {
  const door = new Door({ left: failures })
  const servers = [await serve([door], { observers }), await serve([door], { observers })]
  const target = `${scheme}://${servers.map(({ address }) => address).join(',')}`
  const remote = connect(Door, scheme === 'thrift' ? `${target}?transport=header` : target, { observers, policies })
  t.teardown(async () => {
    await disconnect(remote)
    await Promise.all(servers.map(server => server.close()))
  })
  spans.reset()
  t.is((await remote.knock({ text: 'hello' })).text, 'hello')
  await new Promise(setImmediate)
  return spans.getFinishedSpans()
}

const named = (all: readonly ReadableSpan[], name: string, kind = SpanKind.CLIENT) =>
  all.filter(span => span.name === name && span.kind === kind)
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId

for (const scheme of ['grpc', 'http', 'thrift', 'avro']) {
  test.serial(`a call with one attempt is two spans, and says where it went and why, over ${scheme}`, async t => {
    const all = await knock(t, scheme, 0)
    t.deepEqual(all.map(({ kind }) => SpanKind[kind]).sort(), ['CLIENT', 'SERVER'])
    const [call] = named(all, 'tried.Door/Knock')
    const [served] = named(all, 'tried.Door/Knock', SpanKind.SERVER)
    t.is(parentOf(served), idOf(call))
    t.is(call?.attributes['server.address'], '127.0.0.1')
    t.is(call?.attributes['polywire.balancer.candidates'], 2)
    t.is(typeof call?.attributes['polywire.balancer'], 'string')
  })

  test.serial(
    `the attempts of a call that is retried are spans with the times that they had, over ${scheme}`,
    async t => {
      const all = await knock(t, scheme, 2, [retry({ attempts: 3, initialBackoff: 1 })])
      const [call] = named(all, 'tried.Door/Knock')
      const attempts = [1, 2, 3].map(number => named(all, `tried.Door/Knock attempt ${number}`)[0])
      t.is(all.length, 1 + 3 + 3)
      t.deepEqual(attempts.map(parentOf), [idOf(call), idOf(call), idOf(call)])
      t.deepEqual(
        attempts.map(span => [span?.attributes['polywire.attempt.cause'], span?.status.code]),
        [
          ['first', SpanStatusCode.ERROR],
          ['retry', SpanStatusCode.ERROR],
          ['retry', SpanStatusCode.UNSET],
        ],
      )
      const times = [call, ...attempts].flatMap(span => (span === undefined ? [] : [span.startTime, span.endTime]))
      const [began = 0, , ...ofAttempts] = times.map(hrTimeToMilliseconds)
      t.true(Math.abs(began - Date.now()) < 60_000)
      // The SDK starts spans in whole milliseconds.
      for (const [at, time] of ofAttempts.entries()) t.true(time >= (ofAttempts[at - 1] ?? began) - 1, `${ofAttempts}`)
      const served = named(all, 'tried.Door/Knock', SpanKind.SERVER).map(parentOf)
      t.deepEqual(served.sort(), [idOf(call), ...attempts.slice(1).map(idOf)].sort(), 'the first is below the call')
    },
  )
}

test.serial('the first of parallel attempts is a span until it ends', async t => {
  const all = await knock(t, 'grpc', 1, [hedge({ attempts: 2, delay: '10s' })])
  const [first] = named(all, 'tried.Door/Knock attempt 1')
  const [second] = named(all, 'tried.Door/Knock attempt 2')
  t.is(first?.status.code, SpanStatusCode.ERROR)
  t.is(second?.attributes['polywire.attempt.cause'], 'hedge')
  t.is(second?.status.code, SpanStatusCode.UNSET)
})

test.serial('an attempt that found nobody and the one that followed are spans of one trace', async t => {
  const gone = await serve([new Door({ left: 0 })], { observers })
  const server = await serve([new Door({ left: 0 })], { observers })
  const remote = connect(Door, `grpc://${gone.address},${server.address}`, {
    observers,
    policies: [balanced('round-robin')],
  })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  await gone.close()
  spans.reset()
  // One of two calls in turn begins with the endpoint that is gone.
  await remote.knock({ text: 'hello' })
  await remote.knock({ text: 'hello' })
  await new Promise(setImmediate)
  const all = spans.getFinishedSpans()
  const attempts = [1, 2].flatMap(number => named(all, `tried.Door/Knock attempt ${number}`))
  t.deepEqual(
    attempts.map(span => [span.attributes['polywire.attempt.cause'], span.status.code]),
    [
      ['first', SpanStatusCode.ERROR],
      ['failover', SpanStatusCode.UNSET],
    ],
  )
  t.is(new Set(attempts.map(span => span.attributes['server.port'])).size, 2)
  t.is(new Set(attempts.map(parentOf)).size, 1)
  const served = named(all, 'tried.Door/Knock', SpanKind.SERVER)
  t.is(served.filter(span => parentOf(span) === idOf(attempts[1])).length, 1)
})
