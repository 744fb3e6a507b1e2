import {
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api'
import type { Headers } from '../core/headers.js'
import { getter, setter } from './carriers.js'

/**
 * Where all copies of the API of one major version keep what is registered. No function of the API gives its context manager or its
 * propagator: each call looks for them anew and compares versions, which takes a tenth of a microsecond within a call.
 */
const registry = Symbol.for('opentelemetry.js.api.1')

interface Registry {
  readonly [registry]?: { readonly context?: ContextManager; readonly propagation?: TextMapPropagator }
}

/** `context.active()`. */
export function activeContext(): Context {
  return (globalThis as Registry)[registry]?.context?.active() ?? context.active()
}

/** `context.with()`. */
export function runInContext<T>(active: Context, run: () => T): T {
  const manager = (globalThis as Registry)[registry]?.context
  return manager === undefined ? context.with(active, run) : manager.with(active, run)
}

/** Writes a context into the headers of an attempt: `propagation.inject()`. */
export function injectContext(from: Context, headers: Headers): void {
  const propagator = (globalThis as Registry)[registry]?.propagation ?? propagation
  propagator.inject(from, headers, setter)
}

/** Reads the context of a caller: `propagation.extract()`. */
export function extractContext(headers: Headers): Context {
  const propagator = (globalThis as Registry)[registry]?.propagation ?? propagation
  return propagator.extract(ROOT_CONTEXT, headers, getter)
}

/** Whether a span is active in a context, sampled or not. */
export function hasSpan(active: Context): boolean {
  return active !== ROOT_CONTEXT && trace.getSpanContext(active) !== undefined
}
