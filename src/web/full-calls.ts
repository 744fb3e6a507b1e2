import * as proxy from '../client/proxy.js'
import * as hedging from '../policies/attempts/hedge.js'
import * as retrying from '../policies/attempts/retry.js'
import * as caching from '../policies/cached/cached.js'
import * as breaking from '../policies/circuit-breaker/circuit-breaker.js'
import * as falling from '../policies/fallback.js'
import * as bulkheads from '../policies/limits/bulkhead.js'
import * as resuming from '../policies/resumable/resumable.js'
import * as timing from '../policies/timeout.js'
import * as using from '../policies/use.js'
import * as algebra from '../schema/algebra.js'
import { makeFullClient } from './full-client.js'
import { useFullClient } from './full-client-in-use.js'
import * as sockets from './web-socket.js'

// What needs the full client. A page gets that with the first of them, and is smaller without.

/** Makes clients full ones. Marked as pure, so that a bundler drops the full client together with the last export that a page does not import. */
function full<T>(value: T): T {
  useFullClient(makeFullClient)
  return value
}

/** Returns the same client with other call options: `withCall(hello, { timeout, signal, headers, onEnd })`. */
export const withCall = /* @__PURE__ */ full(proxy.withCall)
/** Closes a client: `await disconnect(hello)`. */
export const disconnect = /* @__PURE__ */ full(proxy.disconnect)
/** A stream that a method accepts or returns: `@Method({ accepts: WatchRequest, returns: streamOf(Tick) })`. */
export const streamOf = /* @__PURE__ */ full(algebra.streamOf)
/** Carries the methods that take a stream, over WebSocket: `connect(Chat, url, { requestStreams: webSocket })`. */
export const webSocket = /* @__PURE__ */ full(sockets.webSocket)
/** Sends a call again while its reply is slow: `@Hedge({ delay: '20ms' })`. */
export const Hedge = /* @__PURE__ */ full(hedging.Hedge)
/** `@Hedge` as a value, for the option `policies`. */
export const hedge = /* @__PURE__ */ full(hedging.hedge)
/** Retries failed calls: `@Retry({ attempts: 4 })`. */
export const Retry = /* @__PURE__ */ full(retrying.Retry)
/** `@Retry` as a value, for the option `policies`. */
export const retry = /* @__PURE__ */ full(retrying.retry)
/** Continues streams over lost connections: `@Resumable({ key: (tick: Tick) => tick.id })`. */
export const Resumable = /* @__PURE__ */ full(resuming.Resumable)
/** `@Resumable` as a value, for the option `policies`. */
export const resumable = /* @__PURE__ */ full(resuming.resumable)
/** Keeps replies: `@Cached({ ttl: '10s' })`. */
export const Cached = /* @__PURE__ */ full(caching.Cached)
/** `@Cached` as a value, for the option `policies`. */
export const cached = /* @__PURE__ */ full(caching.cached)
/** Fails calls at once while most of them fail: `@CircuitBreaker()`. */
export const CircuitBreaker = /* @__PURE__ */ full(breaking.CircuitBreaker)
/** `@CircuitBreaker` as a value, for the option `policies`. */
export const circuitBreaker = /* @__PURE__ */ full(breaking.circuitBreaker)
/** Replies in place of a call that failed: `@Fallback({ items: [] })`. */
export const Fallback = /* @__PURE__ */ full(falling.Fallback)
/** `@Fallback` as a value, for the option `policies`. */
export const fallback = /* @__PURE__ */ full(falling.fallback)
/** Limits the calls in flight: `@Bulkhead({ concurrency: 4 })`. */
export const Bulkhead = /* @__PURE__ */ full(bulkheads.Bulkhead)
/** `@Bulkhead` as a value, for the option `policies`. */
export const bulkhead = /* @__PURE__ */ full(bulkheads.bulkhead)
/** Limits the time of a call: `@Timeout('2s')`. */
export const Timeout = /* @__PURE__ */ full(timing.Timeout)
/** `@Timeout` as a value, for the option `policies`. */
export const timeout = /* @__PURE__ */ full(timing.timeout)
/** Runs a custom policy: `@Use(timed)`. */
export const Use = /* @__PURE__ */ full(using.Use)
/** `@Use` as a value, for the option `policies`. */
export const use = /* @__PURE__ */ full(using.use)
