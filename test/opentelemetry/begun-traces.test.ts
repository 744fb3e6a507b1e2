import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import test from 'ava'
import { type CallFields, connect, disconnect, Method, Safe, Service, serve, string } from '../../src/index.js'
import { openTelemetry } from '../../src/opentelemetry/index.js'

const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())

@Service('begun.Echo')
class Echo {
  @Method({ accepts: string, returns: string }) @Safe() async say(text: string): Promise<string> {
    return text
  }
}

test('a trace that begins at the server is in its log line, and leads there from an exemplar', async t => {
  const lines: CallFields[] = []
  const line = (fields: CallFields) => void lines.push(fields)
  const server = await serve([Echo], {
    observers: [openTelemetry()],
    log: { info: line, warn: line, error: line },
    metrics: true,
  })
  // Its callers have no trace.
  const remote = connect(Echo, `grpc://${server.address}`)
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  await remote.say('hello')
  while (lines.length === 0) await new Promise(setImmediate)
  const [span] = spans.getFinishedSpans()
  const { traceId, spanId } = span?.spanContext() ?? {}
  t.is(lines[0]?.traceId, traceId)
  const scrape = await fetch(`http://${server.address}/metrics`, {
    headers: { accept: 'application/openmetrics-text;version=1.0.0' },
  })
  t.true((await scrape.text()).includes(`{trace_id="${traceId}",span_id="${spanId}"}`))
})
