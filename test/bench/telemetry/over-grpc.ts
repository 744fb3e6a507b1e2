import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
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

/** What watches a process. */
function observersOf(variant: string): readonly CallObserver[] {
  switch (variant) {
    case 'metrics':
      return [new Metrics()]
    case 'traced':
      return [traced(0.01)]
    case 'all':
      return [new Metrics(), traced(0.01)]
    case 'context':
      useContext()
      return []
    default:
      return []
  }
}

function traced(sample: number): CallObserver {
  useContext()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(nowhere)] }))
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

export async function listen(variant: string): Promise<string> {
  const server = await serve([Echo], { protocols: ['grpc'], host: '127.0.0.1', observers: observersOf(variant) })
  return server.address
}

async function connectTo(address: string, variant: string): Promise<() => Promise<unknown>> {
  const echo = connect(Echo, `grpc://${address}`, { observers: observersOf(variant) })
  const request = { text: 'hello world' }
  return () => echo.say(request)
}

export { connectTo as connect }
