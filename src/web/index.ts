// What a page needs: declaring contracts, calling them, and policies. Nothing that it reaches imports a module of Node.

// Declaring messages and services

export { BadRequest, FieldViolation } from '../decorators/bad-request.js'
export { Doc } from '../decorators/doc.js'
export { Empty, empty } from '../decorators/empty.js'
export { Field, Message, type MessageOptions } from '../decorators/message.js'
export { Arg, Context, Idempotent, Method, type MethodOptions, Safe, Service, Throws } from '../decorators/service.js'
export type { FieldOptions } from '../schema/message.js'

// Types of fields, arguments and replies

export {
  bool,
  type CaseOptions,
  double,
  fixed32,
  float,
  int8,
  int16,
  int32,
  listOf,
  nothing,
  type OneOf,
  optional,
  sfixed32,
  sint32,
  streamOf,
  string,
  uint32,
  uuid,
  wrapped,
} from '../schema/algebra.js'
export type { JsonObject, JsonValue } from '../schema/json-value.js'
export type { EnumType, NothingType, Optional, ScalarType, StreamType, Type } from '../schema/type.js'
export {
  bytes,
  date,
  decimal,
  duration,
  enumOf,
  fieldMask,
  fixed,
  fixed64,
  int64,
  listValue,
  localTimestamp,
  mapOf,
  nullValue,
  oneOf,
  setOf,
  sfixed64,
  sint64,
  struct,
  timeOfDay,
  timestamp,
  uint64,
  value,
} from './json-types.js'

// Calling

export type { CallOptions } from '../client/client-call.js'
export { disconnect, withCall } from '../client/proxy.js'
export type { Codec } from '../codecs/codec.js'
export { protobuf } from '../codecs/protobuf/codec.js'
export type { Call } from '../core/call.js'
export type { Clock } from '../core/clock.js'
export type { Duration } from '../core/duration.js'
export { type HeaderFields, Headers, type HeadersInit, type HeaderValue } from '../core/headers.js'
export { type ConnectOptions, connect } from './connect.js'
export { json } from './json/codec.js'
export type { RequestStreams } from './page-method.js'
export { webSocket } from './web-socket.js'

// Errors

export { Code, type CodeName } from '../core/code.js'
export { type ErrorDetail, peerReason } from '../core/error-detail.js'
export type { Reason } from '../core/reasons.js'
export { type Delivery, type ErrorFields, RpcError, type RpcErrorOptions, unimplemented } from '../core/rpc-error.js'

// Policies: a decorator and a value of each

export type { Handler, Policy, PolicyDefinition } from '../core/policy.js'
export type { PolicyDecorator } from '../decorators/policy.js'
export { Hedge, type HedgeOptions, hedge } from '../policies/attempts/hedge.js'
export { Retry, type RetryOptions, retry } from '../policies/attempts/retry.js'
export { Cached, type CachedOptions, cached } from '../policies/cached/cached.js'
export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  circuitBreaker,
} from '../policies/circuit-breaker/circuit-breaker.js'
export { Fallback, type FallbackHandler, type FallbackOptions, fallback } from '../policies/fallback.js'
export { Bulkhead, type BulkheadOptions, bulkhead } from '../policies/limits/bulkhead.js'
export { Timeout, type TimeoutOptions, timeout } from '../policies/timeout.js'
export { Use, type UseOptions, use } from '../policies/use.js'
