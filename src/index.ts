// Declaring services and messages

// Policies: a decorator and a value of each
export { Balanced, type BalancerChoice, balanced } from './balancers/balanced.js'
export type { AttemptOutcome, Balancer, BalancerContext, BalancerFactory, Node } from './balancers/balancer.js'
export { type ReportedWeightOptions, weightedRoundRobin } from './balancers/weighted-round-robin.js'
export type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './caches/cache.js'
export { MemoryCache, type MemoryCacheOptions } from './caches/memory-cache.js'
export { RedisCache, type RedisCacheOptions, type RedisClient } from './caches/redis-cache.js'
export type { CallOptions } from './client/client-call.js'
// Calling
export { type ConnectOptions, connect } from './client/connect.js'
export { type ExplainOptions, explain } from './client/explain.js'
export type { OutlierEjectionOptions } from './client/outlier-ejection.js'
export { disconnect, withCall } from './client/proxy.js'
export type { Target, TargetObject } from './client/target.js'
export { withTransform } from './codecs/class-transformer/with-transform.js'
export type { Codec, CodecOptions, Serializer, TransformOptions } from './codecs/codec.js'
export { json } from './codecs/json/codec.js'
export { msgpack, msgpackCompact } from './codecs/msgpack/codec.js'
export { protobuf } from './codecs/protobuf/codec.js'
export { type XmlOptions, xml, xmlCodec } from './codecs/xml/codec.js'
export { type XmlSchemaOptions, xmlSchemaOf } from './codecs/xml/schema.js'
export type { ConfigSource } from './config/config-source.js'
export { fileConfig } from './config/file-config.js'
export type { MethodConfig, ServiceConfig } from './config/service-config.js'
export type {
  Call,
  Idempotency,
  KnownReply,
  MethodInfo,
  MethodKind,
  OutgoingCompression,
  Peer,
  PeerIdentity,
} from './core/call.js'
export type { Clock, Expirable, Timer } from './core/clock.js'
// Errors and calls
export { Code, type CodeName } from './core/code.js'
export type { Duration } from './core/duration.js'
export type { Endpoint } from './core/endpoint.js'
export { type HeaderFields, Headers, type HeadersInit, type HeaderValue } from './core/headers.js'
export { defaultLimits, type Limits } from './core/limits.js'
export type { LoadReport } from './core/load-report.js'
// Extending: a protocol, codec, policy, balancer or resolver of one's own
export type { Handler, Policy, PolicyDefinition, PolicyScope, Stage } from './core/policy.js'
export { type Delivery, type ErrorDetail, RpcError, type RpcErrorOptions, unimplemented } from './core/rpc-error.js'
export { BadRequest, FieldViolation } from './decorators/bad-request.js'
export { Field, Message } from './decorators/message.js'
export { serviceOf } from './decorators/read-service.js'
export { Arg, Context, Idempotent, Method, Safe, Service, Throws } from './decorators/service.js'
export { type EtcdConfig, type EtcdConfigOptions, etcdConfig } from './hosting/etcd-config.js'
// Serving
export { type HostingOptions, type RegisterOptions, serve } from './hosting/serve.js'
// Injecting
export { Remote, type RemotesOptions, remote, remotes } from './inversify/remotes.js'
export { type ServiceScope, type ServicesOptions, services } from './inversify/services.js'
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
export type { ReportLoadOptions } from './policies/load-report/report-load.js'
export { Timeout, type TimeoutOptions, timeout } from './policies/timeout.js'
export { Use, type UseOptions, use } from './policies/use.js'
export { WaitForReady, waitForReady } from './policies/wait-for-ready.js'
export type {
  ClientSettings,
  Dialer,
  Link,
  Protocol,
  Route,
  Router,
  ServerBinding,
  ServerSettings,
  TlsOptions,
} from './protocols/protocol.js'
export type { Resolver, ResolverTarget } from './resolvers/resolver.js'
export {
  bool,
  bytes,
  double,
  duration,
  enumOf,
  fixed32,
  fixed64,
  float,
  int8,
  int16,
  int32,
  int64,
  listOf,
  mapOf,
  nothing,
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
  timestamp,
  uint32,
  uint64,
  uuid,
} from './schema/algebra.js'
export type { FieldOptions, FieldSchema, MessageSchema, Presence } from './schema/message.js'
export type { MethodSchema, ServiceSchema } from './schema/service.js'
export type { Class, ScalarName, StreamType, Type, TypeLike, ValueType } from './schema/type.js'
export type { KoaApp, KoaMiddleware } from './server/koa.js'
export { koaMiddleware } from './server/koa-middleware.js'
export type { ListenerOptions } from './server/listener.js'
export type { Server } from './server/running-server.js'
export type { ServeOptions, ServingOptions } from './server/serve-options.js'
export type { ServerTls } from './server/server-tls.js'
