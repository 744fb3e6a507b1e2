import type { Code, CodeName } from './code.js'

/** Where a failure is raised. */
export type Side = 'start' | 'caller' | 'server'

/** Protocols that raise it, where not all of them do. */
type Wire = 'grpc' | 'http' | 'thrift' | 'avro' | 'memory'

/** What decides the code where the reason alone does not. */
type Decided =
  | "the last attempt's"
  | "the failed call's"
  | "the reply's own"
  | 'as set'
  | 'HTTP status'
  | 'HTTP/2 error code'

interface Raised {
  readonly codes: readonly (CodeName | Decided)[]
  /** Default: every protocol, or none in particular. */
  readonly wires?: readonly Wire[]
}

const mistake = { start: { codes: ['failed_precondition'] } } as const
const invalid = { server: { codes: ['invalid_argument'] } } as const
const unparsed = { server: { codes: ['invalid_argument', 'internal'] } } as const
const exhausted = { server: { codes: ['resource_exhausted'] } } as const
const unreachable = { caller: { codes: ['unavailable'] } } as const

/**
 * Every reason that polywire gives, with the side that raises it, its codes and its wires. `docs/reference/errors.md` explains each; a test
 * compares the page with this table.
 *
 * Only tests and documentation load this file. `src/` uses its types, so a reason or a code that is not listed here does not compile.
 */
export const reasons = {
  // At start-up
  class_transformer_copies: mistake,
  class_transformer_unread: mistake,
  class_transformer_unreadable: mistake,
  codec_not_carried: mistake,
  conflicting_routes: mistake,
  contradicting_decorators: mistake,
  duplicate_avro_name: mistake,
  duplicate_field_name: mistake,
  duplicate_field_number: mistake,
  duplicate_message_name: mistake,
  duplicate_method_name: mistake,
  duplicate_service: mistake,
  empty_enum: mistake,
  empty_service: mistake,
  field_number_too_large: mistake,
  field_without_number: mistake,
  invalid_avro_name: mistake,
  invalid_config: mistake,
  invalid_cors: mistake,
  invalid_duration: mistake,
  invalid_error_code: mistake,
  invalid_field_number: mistake,
  invalid_limit: mistake,
  invalid_listener: mistake,
  invalid_map_key: mistake,
  invalid_one_of: mistake,
  invalid_policy: mistake,
  invalid_prefix: mistake,
  invalid_registration: mistake,
  invalid_route: mistake,
  invalid_target: mistake,
  invalid_throws: mistake,
  invalid_tls: mistake,
  invalid_union: mistake,
  member_without_type: mistake,
  message_constructor: mistake,
  method_without_decorator: mistake,
  misordered_arguments: mistake,
  misplaced_context: mistake,
  misplaced_decorator: mistake,
  misplaced_number: mistake,
  misplaced_option: mistake,
  misplaced_stream: mistake,
  misplaced_type: mistake,
  missing_method: mistake,
  name_in_use: mistake,
  no_instance: mistake,
  no_services: mistake,
  not_a_message: mistake,
  not_a_remote: mistake,
  not_a_service: mistake,
  not_a_type: mistake,
  not_an_enum: mistake,
  not_carried: { ...mistake, caller: { codes: ['failed_precondition'] } },
  not_in_avro: mistake,
  not_in_protobuf: mistake,
  not_in_thrift: mistake,
  not_in_xml: mistake,
  not_listening: mistake,
  old_decorators: mistake,
  oneway_with_reply: mistake,
  parameter_without_type: mistake,
  policy_conflict: mistake,
  recursive_type: mistake,
  reserved_field_number: mistake,
  reserved_method: mistake,
  reserved_property: mistake,
  static_member: mistake,
  unknown_balancer: mistake,
  unknown_codec: { ...mistake, server: { codes: ['unimplemented'], wires: ['grpc'] } },
  unknown_protocol: mistake,
  unknown_resolver: mistake,
  validator_not_found: mistake,

  // At the caller
  all_endpoints_failed: { caller: { codes: ["the last attempt's"] } },
  bulkhead_full: { caller: { codes: ['resource_exhausted'] } },
  channel_closed: { caller: { codes: ['canceled'] } },
  circuit_open: unreachable,
  config_refused: { caller: { codes: ['failed_precondition'] }, server: { codes: ['failed_precondition'] } },
  config_unread: { caller: { codes: ['unavailable'] }, server: { codes: ['unavailable'] } },
  connect_failed: unreachable,
  connection_lost: unreachable,
  injected_fault: { caller: { codes: ['as set'] } },
  invalid_header: { caller: { codes: ['invalid_argument'] } },
  malformed_reply: { caller: { codes: ['internal', 'unknown'] } },
  missing_result: { caller: { codes: ['internal'], wires: ['thrift'] } },
  missing_status: { caller: { codes: ['unknown'], wires: ['grpc'] } },
  no_endpoint: unreachable,
  per_try_timeout: { caller: { codes: ['deadline_exceeded'] } },
  replay_overflow: unreachable,
  reply_truncated: { caller: { codes: ['unavailable'], wires: ['http'] } },
  reserved_header: { caller: { codes: ['invalid_argument'], wires: ['grpc', 'http', 'thrift'] } },
  resolver_failed: unreachable,
  stream_refused: { caller: { codes: ['unavailable'], wires: ['grpc', 'http'] } },
  stream_reset: { caller: { codes: ['HTTP/2 error code'], wires: ['grpc', 'http'] } },
  too_many_arguments: { caller: { codes: ['invalid_argument'] } },
  unbound_method: { caller: { codes: ['internal'] } },
  unexpected_status: { caller: { codes: ['HTTP status'], wires: ['grpc', 'http', 'thrift', 'avro'] } },

  // At both
  canceled: { caller: { codes: ['canceled'] }, server: { codes: ['canceled'], wires: ['grpc', 'http', 'memory'] } },
  deadline_exceeded: { caller: { codes: ['deadline_exceeded'] }, server: { codes: ['deadline_exceeded'] } },
  headers_too_large: {
    caller: { codes: ['resource_exhausted'], wires: ['grpc', 'http'] },
    server: { codes: ['resource_exhausted'], wires: ['grpc', 'http', 'thrift', 'avro'] },
  },
  invalid_message: { caller: { codes: ['invalid_argument'] }, server: { codes: ['invalid_argument', 'internal'] } },
  keys_collide: { caller: { codes: ['resource_exhausted'] }, server: { codes: ['resource_exhausted'] } },
  malformed_encoding: {
    caller: { codes: ['internal'], wires: ['grpc', 'http'] },
    server: { codes: ['invalid_argument', 'internal'], wires: ['grpc', 'http'] },
  },
  malformed_envelope: {
    caller: { codes: ['internal'], wires: ['http'] },
    server: { codes: ['invalid_argument', 'internal'], wires: ['http'] },
  },
  malformed_framing: {
    caller: { codes: ['internal'], wires: ['grpc'] },
    server: { codes: ['internal'], wires: ['grpc'] },
  },
  message_too_large: { caller: { codes: ['resource_exhausted'] }, server: { codes: ['resource_exhausted'] } },
  reply_headers_too_large: {
    caller: { codes: ['resource_exhausted', "the reply's own"], wires: ['grpc', 'http', 'thrift', 'avro'] },
    server: { codes: ['internal'], wires: ['grpc', 'http'] },
  },
  too_many_calls: {
    caller: { codes: ['resource_exhausted'], wires: ['avro'] },
    server: { codes: ['resource_exhausted'], wires: ['http', 'thrift', 'avro'] },
  },
  too_many_values: { caller: { codes: ['resource_exhausted'] }, server: { codes: ['resource_exhausted'] } },
  unknown_encoding: {
    caller: { codes: ['internal'], wires: ['grpc'] },
    server: { codes: ['unimplemented'], wires: ['grpc', 'http'] },
  },
  unknown_method: {
    caller: { codes: ['unimplemented'], wires: ['avro'] },
    server: { codes: ['unimplemented'] },
  },
  wrong_message_count: {
    caller: { codes: ['unimplemented'], wires: ['grpc', 'http'] },
    server: { codes: ['unimplemented'], wires: ['grpc', 'http'] },
  },

  // At the server
  client_disconnected: { server: { codes: ['canceled'] } },
  contract_without_implementation: { server: { codes: ['unimplemented'] } },
  downstream_failed: { server: { codes: ["the failed call's"] } },
  draining: { server: { codes: ['unavailable'] } },
  error_too_large: { server: { codes: ['internal'] } },
  expired_on_arrival: { server: { codes: ['deadline_exceeded'], wires: ['grpc', 'http', 'thrift', 'avro'] } },
  handler_failed: { server: { codes: ['internal'] } },
  idle_connection: { server: { codes: ['unavailable'], wires: ['http'] } },
  invalid_message_type: { server: { codes: ['invalid_argument'], wires: ['thrift'] } },
  invalid_request: invalid,
  invalid_timeout: { server: { codes: ['invalid_argument', 'internal'], wires: ['grpc', 'http'] } },
  malformed_frame: { server: { codes: ['invalid_argument'], wires: ['thrift'] } },
  malformed_json: unparsed,
  malformed_path: { server: { codes: ['invalid_argument'], wires: ['http'] } },
  malformed_query: { server: { codes: ['invalid_argument'], wires: ['http'] } },
  malformed_request: { server: { codes: ['invalid_argument'], wires: ['http'] } },
  malformed_xml: unparsed,
  no_current_call: { server: { codes: ['internal'] } },
  not_authorized: { server: { codes: ['permission_denied'] } },
  overloaded: exhausted,
  rate_limited: exhausted,
  refused_origin: { server: { codes: ['permission_denied'], wires: ['http'] } },
  registration_failed: { server: { codes: ['unavailable'] } },
  request_body_timeout: { server: { codes: ['deadline_exceeded'], wires: ['grpc', 'http'] } },
  request_timeout: { server: { codes: ['deadline_exceeded'], wires: ['http'] } },
  too_many_connections: exhausted,
  truncated_request: { server: { codes: ['invalid_argument'], wires: ['http'] } },
  unauthenticated: { server: { codes: ['unauthenticated'] } },
  unknown_protocol_version: { server: { codes: ['invalid_argument'], wires: ['http'] } },
  unsupported_content_type: { server: { codes: ['unknown'], wires: ['http'] } },
  unsupported_protocol: { server: { codes: ['unimplemented'], wires: ['thrift'] } },
  unsupported_transform: { server: { codes: ['unimplemented'], wires: ['thrift'] } },
  unwritable_reply: { server: { codes: ['internal'] } },
  worker_ended: { server: { codes: ['unavailable'] } },
  wrong_http_method: { server: { codes: ['unimplemented', 'unknown'], wires: ['grpc', 'http'] } },
} as const satisfies Readonly<Record<string, { readonly [S in Side]?: Raised }>>

/**
 * The name of a failure that polywire raises, such as `circuit_open`: stable, where the message is not. docs/reference/errors.md says when
 * each is raised.
 */
export type Reason = keyof typeof reasons

type Entry<R extends Reason> = (typeof reasons)[R]
type Listed<E> = E extends { readonly codes: readonly (infer C)[] } ? C : never
type ListedOf<R extends Reason> = R extends Reason ? Listed<Entry<R>[keyof Entry<R>]> : never

/** The codes that the table allows for a reason. */
export type CodeOf<R extends Reason> = [Extract<ListedOf<R>, Decided>] extends [never]
  ? (typeof Code)[Extract<ListedOf<R>, CodeName>]
  : Code

/** Reasons of mistakes in how polywire is used. */
export type Mistake = {
  [R in Reason]: Code.failed_precondition extends CodeOf<R> ? (Code extends CodeOf<R> ? never : R) : never
}[Reason]
