// What the author of a codec, protocol, balancer, resolver, store or policy needs: `import type { Codec } from 'polywire/extend'`.

// Policies

export type { Call, Idempotency, MethodInfo, MethodKind } from './core/call.js'
export type { Clock, Expirable, Timer } from './core/clock.js'
export type { Bounds, Handler, Place, Policy, PolicyDefinition, PolicyScope, Stage } from './core/policy.js'
export { declarePolicy, type PolicyDecorator } from './decorators/policy.js'

// Codecs

export type { Codec, CodecOptions, Serializer } from './codecs/codec.js'
export { json } from './codecs/json/codec.js'
export { msgpack, msgpackCompact } from './codecs/msgpack/codec.js'
export { protobuf } from './codecs/protobuf/codec.js'
export { xml } from './codecs/xml/codec.js'

// Schemas, as codecs and protocols read them

export { serviceOf } from './decorators/read-service.js'
export type { HttpRule, HttpVerb } from './schema/http-rule.js'
export type { FieldSchema, MessageSchema, Presence } from './schema/message.js'
export type { PathTemplate, PathVariable } from './schema/path-template.js'
export type { MethodSchema, ServiceSchema } from './schema/service.js'
export type {
  Class,
  EnumType,
  EnumValue,
  ListType,
  MapType,
  MessageType,
  OneOfCase,
  OneOfType,
  Optional,
  ScalarName,
  ScalarType,
  SetType,
  StreamType,
  Type,
  TypeLike,
  ValueType,
} from './schema/type.js'

// Balancers and resolvers

export type { AttemptOutcome, Balancer, BalancerContext, BalancerFactory, Node, Random } from './balancers/balancer.js'
export type { Endpoint } from './core/endpoint.js'
export type { LoadReport } from './core/load-report.js'
export type { Resolver, ResolverContext, ResolverTarget } from './resolvers/resolver.js'

// Stores of replies, sources of configuration

export type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './caches/cache.js'
export type { ConfigSource } from './config/config-source.js'

// Protocols

export { ActiveCall, type CallInit, type EngineHandler, type Settle } from './core/active-call.js'
export type { HeldReply, OutgoingCompression } from './core/call.js'
export type { Outcome } from './core/outcome.js'
export type {
  ClientSettings,
  Dialer,
  Link,
  LiveConnection,
  Protocol,
  Route,
  Router,
  ServerBinding,
  ServerSettings,
  StandardServices,
  StandardServicesAsked,
} from './protocols/protocol.js'
