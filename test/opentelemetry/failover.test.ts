import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import test from 'ava'
import {
  balanced,
  type CallObserver,
  connect,
  disconnect,
  Field,
  failover,
  Message,
  Method,
  rateLimit,
  Service,
  serve,
  string,
} from '../../src/index.js'
import { openTelemetry } from '../../src/opentelemetry/index.js'

const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())

@Message('moved.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('moved.Echo')
class Echo {
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    return word
  }
}

const active = () => trace.getSpan(context.active())?.spanContext().spanId

for (const wire of ['grpc', 'http', 'thrift', 'avro'] as const)
  test.serial(`${wire}: a call that moves to another endpoint stays in its trace, and in its context`, async t => {
    const observers = [openTelemetry({ attemptSpans: true })]
    const full = await serve([Echo], { observers, policies: [rateLimit({ rate: 0.0001, burst: 1 })] })
    const free = await serve([Echo], { observers })
    /** The span that is active when each attempt begins: what instrumentation of sockets and of undici takes for its parent. */
    const beganIn: (string | undefined)[] = []
    const onlooker: CallObserver = {
      needsContext: false,
      callBegan: () => ({ attemptBegan: () => void beganIn.push(active()), ended: () => {} }),
    }
    const query = wire === 'thrift' ? '?transport=header' : ''
    const remote = connect(Echo, `${wire}://${full.address},${free.address}${query}`, {
      observers: [...observers, onlooker],
      policies: [balanced('round-robin'), failover({ endpoints: 2 })],
    })
    t.teardown(async () => {
      await disconnect(remote)
      await Promise.all([full, free].map(server => server.close()))
    })
    // Both are connected now, and one has no call left.
    await Promise.all([remote.say({ text: 'one' }), remote.say({ text: 'two' })])
    let root: string | undefined
    // The balancer takes turns: within two calls one meets the full server first.
    beganIn.length = 0
    for (let calls = 0; beganIn.length < 2 && calls < 2; calls++) {
      await new Promise(setImmediate)
      spans.reset()
      beganIn.length = 0
      await trace.getTracer('test').startActiveSpan('root', async span => {
        root = span.spanContext().spanId
        t.is((await remote.say({ text: 'hello' })).text, 'hello')
        t.is(active(), root, 'the caller is in its own context again')
        span.end()
      })
    }
    await new Promise(setImmediate)
    const all = spans.getFinishedSpans()
    t.is(new Set(all.map(span => span.spanContext().traceId)).size, 1)
    const call = all.find(span => span.parentSpanContext?.spanId === root)
    const id = call?.spanContext().spanId
    t.is(call?.kind, SpanKind.CLIENT)
    const attempts = all.filter(span => span.parentSpanContext?.spanId === id)
    t.deepEqual(attempts.map(cause), ['first', 'failover'])
    const served = all.filter(({ kind }) => kind === SpanKind.SERVER)
    t.deepEqual(
      served.map(span => cause(attempts.find(one => one.spanContext().spanId === span.parentSpanContext?.spanId))),
      ['first', 'failover'],
    )
    t.deepEqual(beganIn, [id, id])
  })

function cause(span: ReadableSpan | undefined): unknown {
  return span?.attributes['polywire.attempt.cause']
}
