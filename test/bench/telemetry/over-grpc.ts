import { AsyncLocalStorage } from 'node:async_hooks'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
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
  disconnect,
  Field,
  Message,
  Method,
  Metrics,
  Service,
  serve,
  string,
  use,
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

/** What watches a process. @param sample the share of calls that begin a trace there: a server follows its callers */
function observersOf(variant: string, sample: number): readonly CallObserver[] {
  switch (variant) {
    case 'metrics':
      return [new Metrics()]
    case 'traced':
      return [traced(sample)]
    case 'all':
      return [new Metrics(), traced(sample)]
    case 'sdk':
      return [traced(1, new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.01) }))]
    case 'context':
      useContext()
      return []
    default:
      return []
  }
}

function traced(sample: number, sampler: Sampler = new AlwaysOnSampler()): CallObserver {
  useContext()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(nowhere)] }))
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  return openTelemetry({ metrics: false, sample })
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

const storage = new AsyncLocalStorage<object>()

/** Runs each call in a storage. */
const running = use(next => call => storage.run(call, () => next(call)), { name: 'running', stage: 'handler' })

export async function listen(variant: string): Promise<string> {
  const server = await serve([Echo], {
    protocols: ['grpc'],
    host: '127.0.0.1',
    observers: observersOf(variant, 0),
    policies: variant === 'run' ? [running] : [],
  })
  return server.address
}

/**
 * Traces some thousand calls. V8 compiles the code of a traced call only then, and with one such call in a hundred the bench would measure
 * little but its compiler.
 */
async function warmUp(address: string, variant: string): Promise<void> {
  const echo = connect(Echo, `grpc://${address}`, { observers: observersOf(variant, 1) })
  const caller = async () => {
    for (let i = 0; i < 500; i++) await echo.say({ text: 'hello world' })
  }
  await Promise.all(Array.from({ length: 64 }, caller))
  await disconnect(echo)
}

async function connectTo(address: string, variant: string): Promise<() => Promise<unknown>> {
  await warmUp(address, variant)
  const echo = connect(Echo, `grpc://${address}`, { observers: observersOf(variant, 0.01) })
  const request = { text: 'hello world' }
  if (variant === 'run') return () => storage.run(request, () => echo.say(request))
  return () => echo.say(request)
}

export { connectTo as connect }
