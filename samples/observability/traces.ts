import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

/** The spans of this process, instead of a collector. */
export class Traces {
  private readonly exporter = new InMemorySpanExporter()

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] }))
  }

  /** Runs a piece of work in a trace. @returns the trace as a tree, a line for each span */
  async record(name: string, work: () => Promise<unknown>): Promise<string[]> {
    this.exporter.reset()
    await trace.getTracer('sample').startActiveSpan(name, async span => {
      await work()
      span.end()
    })
    // The spans of a server end one tick after their call.
    await new Promise(setImmediate)
    const spans = this.exporter.getFinishedSpans()
    return spans
      .filter(span => span.parentSpanContext === undefined)
      .flatMap(root => [text(root), ...below(root, spans)])
  }
}

function below(parent: ReadableSpan, spans: readonly ReadableSpan[]): string[] {
  const { spanId } = parent.spanContext()
  const children = spans.filter(span => span.parentSpanContext?.spanId === spanId).sort(byStart)
  return children.flatMap((child, at) => {
    const isLast = at === children.length - 1
    return [
      `${isLast ? '└─' : '├─'} ${text(child)}`,
      ...below(child, spans).map(line => `${isLast ? '  ' : '│ '} ${line}`),
    ]
  })
}

function byStart(one: ReadableSpan, other: ReadableSpan): number {
  return one.startTime[0] - other.startTime[0] || one.startTime[1] - other.startTime[1]
}

function text({ name, kind, attributes, status, duration: [seconds, nanoseconds] }: ReadableSpan): string {
  const side = kind === SpanKind.SERVER ? ' served' : ''
  const cause = attributes['polywire.attempt.cause']
  const why = cause === undefined ? '' : ` (${cause})`
  const code = status.code === SpanStatusCode.ERROR ? ` ${attributes['rpc.status_code']}: ${status.message}` : ''
  return `${name}${side}${why} ${(seconds * 1000 + nanoseconds / 1e6).toFixed(1)} ms${code}`
}
