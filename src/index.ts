// Declaring messages and services

export { Any } from './codecs/protobuf/any.js'
export { BadRequest, FieldViolation } from './decorators/bad-request.js'
export type { ServiceOptions } from './decorators/declaration.js'
export { Doc } from './decorators/doc.js'
export { Empty, empty } from './decorators/empty.js'
export type {
  AnyMethodDecorator,
  ArgumentOptions,
  DeclaringDecorator,
  DocDecorator,
  FieldDecorator,
  MethodArguments,
  MethodDecoratorOf,
  OptionalFieldDecorator,
  PositionalMethodDecorator,
  ReturningMethodDecorator,
  UntypedFieldDecorator,
} from './decorators/fitting.js'
export { Http } from './decorators/http.js'
export { Field, Message, type MessageOptions } from './decorators/message.js'
export {
  Arg,
  Context,
  Idempotent,
  Method,
  type MethodOptions,
  Safe,
  Service,
  Throws,
} from './decorators/service.js'
export type { HttpOptions } from './schema/http-rule.js'
export type { FieldOptions } from './schema/message.js'

// Types of fields, arguments and replies

export {
  bool,
  bytes,
  type CaseOptions,
  double,
  duration,
  type EnumOptions,
  enumOf,
  fieldMask,
  fixed32,
  fixed64,
  float,
  int8,
  int16,
  int32,
  int64,
  listOf,
  listValue,
  mapOf,
  type NullOptions,
  nothing,
  nullValue,
  type OneOf,
  oneOf,
  optional,
  setOf,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
  streamOf,
  string,
  struct,
  uint32,
  uint64,
  uuid,
  value,
  wrapped,
} from './schema/algebra.js'
export { type DefaultOf, defaulted } from './schema/defaulted.js'
export { delimited } from './schema/delimited.js'
export type { JsonObject, JsonValue } from './schema/json-value.js'
export {
  date,
  decimal,
  type FixedOptions,
  fixed,
  localTimestamp,
  type TimestampType,
  timeOfDay,
  timestamp,
} from './schema/refined.js'
export type {
  DateRefinement,
  DecimalRefinement,
  FixedRefinement,
  Refinement,
  TimeRefinement,
  TimeUnit,
  UnitRefinement,
} from './schema/refinement.js'
// A declaration file must be able to name what these return: `export const color = enumOf(Color)`.
export type { Reserved } from './schema/reserved.js'
export type { EnumType, NothingType, Optional, ScalarType, StreamType, Type } from './schema/type.js'
export {
  type Alias,
  type Constant,
  type Constants,
  constantsOf,
  type DeclarationOptions,
  typedef,
} from './schema/typedef.js'
export { nullable, unionOf } from './schema/union.js'

// Serving

export type { AdminOptions } from './admin/admin.js'
export type { ConsoleOptions } from './console/options.js'
export { defaultLimits, type LimitOptions, type Limits } from './core/limits.js'
export { type HostingOptions, type RegisterOptions, serve } from './hosting/serve.js'
export type { ReportLoadOptions } from './policies/load-report/report-load.js'
export type { CorsOptions } from './protocols/cors.js'
export type { BindingState } from './protocols/protocol.js'
export { type ExpressMiddleware, expressMiddleware } from './server/express-middleware.js'
export { type FastifyPlugin, fastifyPlugin } from './server/fastify-plugin.js'
export type { ConnectionInspection, RegistrationInspection, ServerInspection } from './server/inspection.js'
export type { Served } from './server/instances.js'
export type { KoaApp, KoaMiddleware } from './server/koa.js'
export { koaMiddleware } from './server/koa-middleware.js'
export type { ListenerOptions } from './server/listener.js'
export type { Server } from './server/running-server.js'
export type { ServeOptions, ServingOptions } from './server/serve-options.js'
export type { ServerTls } from './server/server-tls.js'
export type { WarmUpOptions } from './server/warm-up.js'

// Calling

export type { CallOptions } from './client/client-call.js'
export { type ConnectOptions, connect } from './client/connect.js'
export { type ExplainOptions, explain } from './client/explain.js'
export { inspect } from './client/inspect.js'
export type { ChannelInspection, EndpointInspection } from './client/inspection.js'
export type { KeepaliveOptions } from './client/keepalive.js'
export type { OutlierEjectionOptions } from './client/outlier-ejection.js'
export { disconnect, withCall } from './client/proxy.js'
export type { Target, TargetObject } from './client/target.js'
export { warmUp } from './client/warm-up.js'
export type { Endpoint } from './core/endpoint.js'
export type { TlsOptions } from './protocols/protocol.js'

// What a handler sees of its call

export type { Call, Peer, PeerIdentity } from './core/call.js'
export { currentCall } from './core/current-call.js'
export type { Duration } from './core/duration.js'
export { type HeaderFields, Headers, type HeadersInit, type HeaderValue } from './core/headers.js'

// Seeing calls

export type { CallCountInspection } from './core/call-count.js'
export type {
  AttemptCause,
  AttemptObservation,
  BreakerChange,
  BreakerState,
  CallObservation,
  CallObserver,
  CallOutcome,
  CallTrace,
  ConnectionChange,
  Decision,
  EjectionChange,
  MessageDirection,
  MethodObserver,
  ObservedAttempt,
  ObservedSide,
  RefusedCall,
  StreamBacklog,
} from './core/call-observer.js'
export type { Http2Inspection, MethodState, PolicyState } from './core/inspection.js'
export type { HealthCheck } from './server/health-checks.js'
export type { MetricsOptions } from './server/metrics-page.js'
export { CallHistory } from './telemetry/call-history.js'
export type { CallFields, CallLogOptions, Logger } from './telemetry/call-log.js'
export type { ExpositionFormat } from './telemetry/exposition.js'
export { Metrics, type ServerFigures } from './telemetry/metrics.js'

// Errors

export { Code, type CodeName } from './core/code.js'
export { type ErrorDetail, peerReason } from './core/error-detail.js'
export type { Reason } from './core/reasons.js'
export {
  type Delivery,
  type ErrorFields,
  RpcError,
  type RpcErrorOptions,
  unimplemented,
} from './core/rpc-error.js'

// Policies: a decorator and a value of each

export type { Handler, Policy, PolicyDefinition } from './core/policy.js'
export type { PolicyDecorator, StreamingMethodDecorator } from './decorators/policy.js'
export { Failover, type FailoverOptions, failover } from './policies/attempts/failover.js'
export { Hedge, type HedgeOptions, hedge } from './policies/attempts/hedge.js'
export { Retry, type RetryOptions, retry } from './policies/attempts/retry.js'
export { type AuthorizationRule, Authorize, authorize, type Verdict } from './policies/authorize.js'
export { Cached, type CachedOptions, cached } from './policies/cached/cached.js'
export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  circuitBreaker,
} from './policies/circuit-breaker/circuit-breaker.js'
export { Compressed, type CompressedOptions, compressed, type EncodingName } from './policies/compressed.js'
export { Fallback, type FallbackHandler, type FallbackOptions, fallback } from './policies/fallback.js'
export { Bulkhead, type BulkheadOptions, bulkhead } from './policies/limits/bulkhead.js'
export { RateLimit, type RateLimitOptions, rateLimit } from './policies/limits/rate-limit.js'
export type { PlaceName } from './policies/order.js'
export { Resumable, type ResumableOptions, resumable } from './policies/resumable/resumable.js'
export { Timeout, type TimeoutOptions, timeout } from './policies/timeout.js'
export { Use, type UseOptions, use } from './policies/use.js'
export { WaitForReady, waitForReady } from './policies/wait-for-ready.js'

// Choosing an endpoint

export { type ConsistentHashOptions, consistentHash } from './balancers/consistent-hash.js'
export { type ReportedWeightOptions, weightedRoundRobin } from './balancers/weighted-round-robin.js'
export { Balanced, type BalancerChoice, balanced } from './policies/balanced.js'

// Where cached replies are kept

export { MemoryCache, type MemoryCacheOptions } from './caches/memory-cache.js'
export { RedisCache, type RedisCacheOptions, type RedisClient } from './caches/redis-cache.js'

// Configuration that changes while calls run

export { fileConfig } from './config/file-config.js'
export type { MethodConfig, ServiceConfig } from './config/service-config.js'
export { type EtcdConfig, type EtcdConfigOptions, etcdConfig } from './hosting/etcd-config.js'

// Messages as JSON, in routes beside RPC

export { fromJson, type JsonOptions, toJson } from './codecs/json/to-json.js'

// Codecs with settings of their own

export { withTransform } from './codecs/class-transformer/with-transform.js'
export type { TransformOptions } from './codecs/codec.js'
export { type ProtobufOptions, protobufCodec } from './codecs/protobuf/codec.js'
export { type XmlOptions, xmlCodec } from './codecs/xml/codec.js'
export { type XmlSchemaOptions, xmlSchemaOf } from './codecs/xml/schema.js'
