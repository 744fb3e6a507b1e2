import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import {
  type CallObserver,
  connect,
  Field,
  Message,
  Method,
  Metrics,
  Service,
  serve,
  string,
} from '../../../src/index.js'
import { openTelemetry } from '../../../src/opentelemetry/index.js'

@Message('bench.ObservedText')
class Text {
  @Field(1, string) text!: string
}

@Service('bench.ObservedEcho')
class Echo {
  @Method({ accepts: Text, returns: Text })
  async say(request: Text): Promise<Text> {
    return request
  }
}

/** The same with what a trace of one call in a hundred takes at least: a span of the SDK on each side, with as many attributes. */
@Service('bench.ObservedEcho')
class EchoWithSpans {
  @Method({ accepts: Text, returns: Text })
  async say(request: Text): Promise<Text> {
    bareSpan(SpanKind.SERVER)
    return request
  }
}

const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': 'bench.ObservedEcho/say' }
const place = { 'server.address': '127.0.0.1', 'server.port': 50051 }

function bareSpan(kind: SpanKind): void {
  if (Math.random() >= 0.01) return
  const span = trace.getTracer('bench').startSpan('bench.ObservedEcho/say', { kind, attributes }, ROOT_CONTEXT)
  span.setAttributes(place)
  span.setAttribute('rpc.status_code', 'OK')
  span.end()
}

/** The variants that trace one call in a hundred. */
const traced = ['traced', 'all', 'sdk', 'spans']

/** What watches a process. @param sample the share of calls that begin a trace there: a server follows its callers */
function observersOf(variant: string, sample: number): readonly CallObserver[] {
  switch (variant) {
    case 'metrics':
      return [new Metrics()]
    case 'traced':
      return [tracing(sample)]
    case 'all':
      return [new Metrics(), tracing(sample)]
    case 'sdk':
      return [tracing(1, new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.01) }))]
    case 'context':
      useContext()
      return []
    case 'spans':
      useSdk(new AlwaysOnSampler())
      return []
    default:
      return []
  }
}

function tracing(sample: number, sampler: Sampler = new AlwaysOnSampler()): CallObserver {
  useContext()
  useSdk(sampler)
  return openTelemetry({ metrics: false, sample })
}

function useSdk(sampler: Sampler): void {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(nowhere)] }))
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
}

/** The first context makes Node follow every promise, which before Node 24 costs more than all else here. */
function useContext(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  context.with(ROOT_CONTEXT, () => {})
}

const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
}

export async function listen(variant: string): Promise<string> {
  const server = await serve([variant === 'spans' ? EchoWithSpans : Echo], {
    protocols: ['grpc'],
    host: '127.0.0.1',
    observers: observersOf(variant, 0),
  })
  return server.address
}

/**
 * Calls until some thousand calls were traced, before which V8 has not compiled their code. No more of them are traced than later, so that V8
 * does not take the traced call for the usual one.
 */
async function warmUp(echo: Echo): Promise<void> {
  const caller = async () => {
    for (let i = 0; i < 6000; i++) await echo.say({ text: 'hello world' })
  }
  await Promise.all(Array.from({ length: 64 }, caller))
}

async function connectTo(address: string, variant: string): Promise<() => Promise<unknown>> {
  const echo = connect(Echo, `grpc://${address}`, { observers: observersOf(variant, 0.01) })
  if (traced.includes(variant)) await warmUp(echo)
  const request = { text: 'hello world' }
  if (variant === 'spans') {
    return () => {
      bareSpan(SpanKind.CLIENT)
      return echo.say(request)
    }
  }
  return () => echo.say(request)
}

export { connectTo as connect }
