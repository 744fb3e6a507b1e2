import { context, createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import test from 'ava'
import { Headers } from '../../src/index.js'
import {
  activeContext,
  extractContext,
  hasSpan,
  injectContext,
  runInContext,
} from '../../src/opentelemetry/registered.js'

const key = createContextKey('test')
const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
const inSpan = trace.setSpanContext(ROOT_CONTEXT, spanContext)

test.serial('without a context manager and a propagator everything is as the API has it', t => {
  t.is(activeContext(), ROOT_CONTEXT)
  t.is(
    runInContext(inSpan, () => 'ran'),
    'ran',
  )
  const headers = new Headers()
  injectContext(inSpan, headers)
  t.is(headers.size, 0)
  t.is(extractContext(headers), ROOT_CONTEXT)
})

test.serial('what is registered is found, and no longer when it is disabled', async t => {
  const manager = new AsyncLocalStorageContextManager().enable()
  t.true(context.setGlobalContextManager(manager))
  t.true(propagation.setGlobalPropagator(new W3CTraceContextPropagator()))
  const outer = ROOT_CONTEXT.setValue(key, 'outer')
  await context.with(outer, async () => {
    t.is(activeContext(), outer)
    await Promise.resolve()
    t.is(activeContext(), outer)
  })
  await runInContext(inSpan, async () => {
    await Promise.resolve()
    t.is(context.active(), inSpan)
  })
  const headers = new Headers()
  injectContext(inSpan, headers)
  t.is(headers.get('traceparent'), `00-${spanContext.traceId}-${spanContext.spanId}-01`)
  t.like(trace.getSpanContext(extractContext(headers)), spanContext)
  context.disable()
  propagation.disable()
  t.is(activeContext(), ROOT_CONTEXT)
  t.is(extractContext(headers), ROOT_CONTEXT)
})

test.serial('a context manager that takes the place of another one is the one that is asked', t => {
  for (const name of ['first', 'second']) {
    const active = ROOT_CONTEXT.setValue(key, name)
    context.setGlobalContextManager({
      active: () => active,
      with: (_context, run, self, ...args) => run.apply(self, args),
      bind: (_context, target) => target,
      enable() {
        return this
      },
      disable() {
        return this
      },
    })
    t.is(activeContext(), active)
    context.disable()
  }
})

test.serial('a context has a span if one was set in it', t => {
  t.true(hasSpan(inSpan))
  t.false(hasSpan(ROOT_CONTEXT))
  t.false(hasSpan(ROOT_CONTEXT.setValue(key, 1)))
})

test.serial('the API shares what is registered under the name that is read here', t => {
  const manager = new AsyncLocalStorageContextManager()
  context.setGlobalContextManager(manager)
  const registered = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')]
  t.is((registered as { context: unknown }).context, manager)
  context.disable()
})
