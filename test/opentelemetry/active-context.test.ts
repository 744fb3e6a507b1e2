import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import test from 'ava'
import { activeContext } from '../../src/opentelemetry/active-context.js'

const key = createContextKey('test')

test.serial('without a context manager it is the root', t => {
  t.is(activeContext(), ROOT_CONTEXT)
})

test.serial('it is that of the registered manager, and no longer when that is disabled', async t => {
  t.true(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  const outer = ROOT_CONTEXT.setValue(key, 'outer')
  await context.with(outer, async () => {
    t.is(activeContext(), outer)
    await Promise.resolve()
    t.is(activeContext(), outer)
  })
  t.is(activeContext(), ROOT_CONTEXT)
  context.disable()
  t.is(activeContext(), ROOT_CONTEXT)
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

test.serial('the API shares what is registered under the name that is read here', t => {
  const manager = new AsyncLocalStorageContextManager()
  context.setGlobalContextManager(manager)
  const registered = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')]
  t.is((registered as { context: unknown }).context, manager)
  context.disable()
})
