import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import test, { type ExecutionContext } from 'ava'
import {
  Code,
  connect,
  currentCall,
  disconnect,
  Method,
  RpcError,
  Safe,
  Service,
  serve,
  string,
  use,
} from '../../src/index.js'
import { openTelemetry } from '../../src/opentelemetry/index.js'

/** What the SDK was told. */
const told: string[] = []
const startedWith: Attributes[] = []

/** The span of an SDK that samples nothing. */
class UnsampledSpan {
  constructor(private readonly own: SpanContext) {}
  spanContext = () => this.own
  isRecording = () => false
  setAttribute = () => this.tell('setAttribute')
  setAttributes = () => this.tell('setAttributes')
  addEvent = () => this.tell('addEvent')
  addLink = () => this.tell('addLink')
  addLinks = () => this.tell('addLinks')
  setStatus = () => this.tell('setStatus')
  updateName = () => this.tell('updateName')
  recordException = () => void this.tell('recordException')
  end = () => void this.tell('end')

  private tell(what: string): Span {
    told.push(what)
    return this as unknown as Span
  }
}

let spans = 0
const tracer = {
  startSpan(name: string, options: SpanOptions, parent: Context): Span {
    told.push(`start ${name}`)
    startedWith.push(options.attributes ?? {})
    const traceId = trace.getSpanContext(parent)?.traceId ?? 'a'.repeat(32)
    return new UnsampledSpan({ traceId, spanId: String(++spans).padStart(16, '0'), traceFlags: 0 }) as unknown as Span
  },
  startActiveSpan: () => {
    throw new Error('not used')
  },
}
trace.setGlobalTracerProvider({ getTracer: () => tracer })
propagation.setGlobalPropagator(new W3CTraceContextPropagator())

/** Counts how often a context is entered. */
class CountingContexts extends AsyncLocalStorageContextManager {
  entered = 0

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    to: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    this.entered++
    return super.with(to, run, self, ...args)
  }
}

const contexts = new CountingContexts()
context.setGlobalContextManager(contexts.enable())

const seen: { traceparent: string | undefined; active: string | undefined }[] = []

@Service('unsampled.Echo')
class Echo {
  @Method({ args: { text: string }, returns: string }) @Safe() async say(text: string): Promise<string> {
    const traceparent = currentCall().headers.get('traceparent')
    seen.push({ traceparent, active: trace.getSpanContext(context.active())?.spanId })
    return text
  }
}

const refusing = use(
  () => () => Promise.reject(new RpcError('not now', Code.unavailable, { reason: 'rate_limited' })),
  { name: 'refusing', stage: 'call' },
)

async function echo(t: ExecutionContext, options: Parameters<typeof openTelemetry>[0], scheme = 'grpc') {
  const observers = [openTelemetry({ metrics: false, ...options })]
  const report = (error: unknown) => t.fail(String(error))
  const server = await serve([Echo], { observers, report })
  const query = scheme === 'thrift' ? '?transport=header' : ''
  const remote = connect(Echo, `${scheme}://${server.address}${query}`, { observers, report })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  return remote
}

test.beforeEach(() => {
  told.length = seen.length = startedWith.length = 0
  contexts.entered = 0
})

for (const scheme of ['grpc', 'http', 'thrift', 'avro'])
  test.serial(`a span that is not recorded is told nothing between its start and its end, over ${scheme}`, async t => {
    const remote = await echo(t, {}, scheme)
    t.is(await remote.say('hello'), 'hello')
    await new Promise(setImmediate)
    const name = 'unsampled.Echo/Say'
    t.deepEqual([...told].sort(), ['end', 'end', `start ${name}`, `start ${name}`])
    t.true(
      startedWith.every(attributes => attributes['rpc.method'] === name),
      'samplers see the attributes',
    )
    t.regex(seen[0]?.traceparent ?? '', /^00-a{32}-\d{16}-00$/, 'the decision is sent on')
    t.truthy(seen[0]?.active, 'the context is active in the handler')
  })

for (const scheme of ['grpc', 'http', 'thrift', 'avro'])
  test.serial(`a call that sample leaves out enters no context and sends nothing, over ${scheme}`, async t => {
    const remote = await echo(t, { sample: 0 }, scheme)
    t.is(await remote.say('hello'), 'hello')
    t.deepEqual(told, [])
    t.deepEqual(seen, [{ traceparent: undefined, active: undefined }])
    t.is(contexts.entered, 0)
  })

for (const scheme of ['grpc', 'http', 'thrift', 'avro'])
  test.serial(`a caller's decision wins over sample, over ${scheme}`, async t => {
    const remote = await echo(t, { sample: 0 }, scheme)
    const parent = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 0 }
    // Two calls: gRPC keeps what it knows of a request's headers for the next one.
    await remote.say('without')
    await context.with(trace.setSpanContext(ROOT_CONTEXT, parent), () => remote.say('with'))
    await remote.say('without')
    t.deepEqual(
      seen.map(({ traceparent }) => traceparent?.slice(3, 35)),
      [undefined, parent.traceId, undefined],
    )
  })

test.serial('a span that is not recorded is not told why its call was refused', async t => {
  const observers = [openTelemetry({ metrics: false })]
  const remote = connect(Echo, 'grpc://127.0.0.1:1', { observers, policies: [refusing] })
  t.teardown(() => disconnect(remote))
  await t.throwsAsync(remote.say('hello'), { message: /not now/ })
  t.deepEqual(told, ['start unsampled.Echo/Say', 'end'])
})

test.serial('two observers that run the call nest their contexts in order, whatever stands between them', async t => {
  const order: string[] = []
  const running = (name: string) => ({
    callBegan: () => ({
      run<T>(next: () => T): T {
        order.push(`${name} in`)
        try {
          return next()
        } finally {
          order.push(`${name} out`)
        }
      },
      ended() {},
    }),
  })
  const silent = { callBegan: () => ({ ended() {} }) }
  const policy = use(
    next => call => {
      order.push('policy')
      return next(call)
    },
    { name: 'noting', stage: 'call' },
  )
  const server = await serve([Echo])
  const observers = [silent, running('first'), silent, running('second'), silent]
  const remote = connect(Echo, `grpc://${server.address}`, { observers, policies: [policy] })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  await remote.say('hello')
  t.deepEqual(order, ['first in', 'second in', 'policy', 'second out', 'first out'])
})
