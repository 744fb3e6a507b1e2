import type { Attributes, Span } from '@opentelemetry/api'
import { SpanStatusCode } from '@opentelemetry/api'
import type { ObservedSide } from '../core/call-observer.js'
import { Code } from '../core/code.js'
import type { RpcError } from '../core/rpc-error.js'
import { cut } from '../telemetry/cut.js'
import { isErrorCode } from '../telemetry/error-codes.js'
import { statusText } from '../telemetry/method-metrics.js'
import { conventions, own } from './conventions.js'

/** Whether the call failed, and was an error for this side. */
export function isError(side: ObservedSide, error: RpcError | undefined): error is RpcError {
  return error !== undefined && isErrorCode(side, error.code)
}

const succeeded: Attributes = { [conventions.status]: statusText(Code.ok) }

/** The attributes of an outcome. */
export function outcomeAttributes(side: ObservedSide, error: RpcError | undefined): Attributes {
  if (error === undefined) return succeeded
  const status = statusText(error.code)
  return { [conventions.status]: status, ...(isError(side, error) && { [conventions.errorType]: status }) }
}

/**
 * Ends a span with the outcome of its call or attempt.
 * @param at when it ended, in milliseconds of `performance.now()`; default now
 */
export function endSpan(span: Span, side: ObservedSide, error: RpcError | undefined, at?: number): void {
  if (span.isRecording()) {
    span.setAttributes(outcomeAttributes(side, error))
    if (error?.reason !== undefined) span.setAttribute(own.failure, error.reason)
    if (isError(side, error)) span.setStatus({ code: SpanStatusCode.ERROR, message: cut(error.message) })
  }
  span.end(at)
}

/** `address` and `port` of `host:port`, as attributes of these names. A Unix socket has only an address. */
export function placeAttributes(place: string, address: string, port: string): Attributes {
  const [, host, number] = /^\[?(.+?)\]?:(\d+)$/.exec(place) ?? []
  return host === undefined ? { [address]: place } : { [address]: host, [port]: Number(number) }
}
