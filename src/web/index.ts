// What a page needs: declaring contracts, calling them, and policies. Nothing that it reaches imports a module of Node.

// Declaring messages and services

export { FieldViolation } from '../decorators/bad-request.js'
export { Doc } from '../decorators/doc.js'
export { Empty, empty } from '../decorators/empty.js'
export { Field, Message, type MessageOptions } from '../decorators/message.js'
export { Arg, Context, Idempotent, Method, type MethodOptions, Safe, Service } from '../decorators/service.js'
export type { FieldOptions } from '../schema/message.js'

// Types of fields, arguments and replies

export {
  bool,
  type CaseOptions,
  nothing,
  type OneOf,
  optional,
  string,
  uuid,
  wrapped,
} from '../schema/algebra.js'
export type { JsonObject, JsonValue } from '../schema/json-value.js'
export type { EnumType, NothingType, Optional, ScalarType, StreamType, Type } from '../schema/type.js'
export {
  bytes,
  date,
  decimal,
  double,
  duration,
  enumOf,
  fieldMask,
  fixed,
  fixed32,
  fixed64,
  float,
  int8,
  int16,
  int32,
  int64,
  listOf,
  listValue,
  localTimestamp,
  mapOf,
  nullValue,
  oneOf,
  setOf,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
  struct,
  timeOfDay,
  timestamp,
  uint32,
  uint64,
  value,
} from './json-types.js'

// Calling

export type { CallOptions } from '../client/client-call.js'
export type { Codec } from '../codecs/codec.js'
export type { Call } from '../core/call.js'
export type { Clock } from '../core/clock.js'
export type { Duration } from '../core/duration.js'
export { type HeaderFields, Headers, type HeadersInit, type HeaderValue } from '../core/headers.js'
export { type ConnectOptions, connect } from './connect.js'
export { BadRequest, Throws } from './declared-errors.js'
export { disconnect, streamOf, webSocket, withCall } from './full-calls.js'
export { json } from './json/codec.js'
export type { RequestStreams } from './page-settings.js'
export { protobuf } from './protobuf/codec.js'

// Errors

export { Code, type CodeName } from '../core/code.js'
export { type ErrorDetail, peerReason } from '../core/error-detail.js'
export type { Reason } from '../core/reasons.js'
export { type Delivery, type ErrorFields, RpcError, type RpcErrorOptions, unimplemented } from '../core/rpc-error.js'

// Policies: a decorator and a value of each

export type { Handler, Policy, PolicyDefinition } from '../core/policy.js'
export type { PolicyDecorator, StreamingMethodDecorator } from '../decorators/policy.js'
export type { HedgeOptions } from '../policies/attempts/hedge.js'
export type { RetryOptions } from '../policies/attempts/retry.js'
export type { CachedOptions } from '../policies/cached/cached.js'
export type { CircuitBreakerOptions } from '../policies/circuit-breaker/circuit-breaker.js'
export type { FallbackHandler, FallbackOptions } from '../policies/fallback.js'
export type { BulkheadOptions } from '../policies/limits/bulkhead.js'
export type { ResumableOptions } from '../policies/resumable/resumable.js'
export type { TimeoutOptions } from '../policies/timeout.js'
export type { UseOptions } from '../policies/use.js'
export {
  Bulkhead,
  bulkhead,
  Cached,
  CircuitBreaker,
  cached,
  circuitBreaker,
  Fallback,
  fallback,
  Hedge,
  hedge,
  Resumable,
  Retry,
  resumable,
  retry,
  Timeout,
  timeout,
  Use,
  use,
} from './full-calls.js'
