/** The categories of buf, each with the rules of those before it or stricter ones in their place. */
export type Category = 'WIRE' | 'WIRE_JSON' | 'PACKAGE' | 'FILE'

const all: readonly Category[] = ['WIRE', 'WIRE_JSON', 'PACKAGE', 'FILE']
const named: readonly Category[] = ['WIRE_JSON', 'PACKAGE', 'FILE']
const source: readonly Category[] = ['PACKAGE', 'FILE']

/** The categories of each rule that `check` has. Source: `buf config ls-breaking-rules`, which a test compares. */
export const protobufRules = {
  ENUM_NO_DELETE: ['FILE'],
  ENUM_SAME_JSON_FORMAT: named,
  ENUM_SAME_TYPE: source,
  ENUM_VALUE_NO_DELETE: source,
  ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: ['WIRE_JSON'],
  ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: ['WIRE_JSON', 'WIRE'],
  ENUM_VALUE_SAME_NAME: named,
  EXTENSION_MESSAGE_NO_DELETE: source,
  EXTENSION_NO_DELETE: ['FILE'],
  FIELD_NO_DELETE: source,
  FIELD_NO_DELETE_UNLESS_NAME_RESERVED: ['WIRE_JSON'],
  FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: ['WIRE_JSON', 'WIRE'],
  FIELD_SAME_CARDINALITY: source,
  FIELD_SAME_CPP_STRING_TYPE: source,
  FIELD_SAME_DEFAULT: all,
  FIELD_SAME_JAVA_UTF8_VALIDATION: source,
  FIELD_SAME_JSON_NAME: named,
  FIELD_SAME_JSTYPE: source,
  FIELD_SAME_NAME: named,
  FIELD_SAME_ONEOF: all,
  FIELD_SAME_TYPE: source,
  FIELD_SAME_UTF8_VALIDATION: source,
  FIELD_WIRE_COMPATIBLE_CARDINALITY: ['WIRE'],
  FIELD_WIRE_COMPATIBLE_TYPE: ['WIRE'],
  FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: ['WIRE_JSON'],
  FIELD_WIRE_JSON_COMPATIBLE_TYPE: ['WIRE_JSON'],
  FILE_NO_DELETE: ['FILE'],
  FILE_SAME_CC_ENABLE_ARENAS: source,
  FILE_SAME_CC_GENERIC_SERVICES: source,
  FILE_SAME_CSHARP_NAMESPACE: source,
  FILE_SAME_GO_PACKAGE: source,
  FILE_SAME_JAVA_GENERIC_SERVICES: source,
  FILE_SAME_JAVA_MULTIPLE_FILES: source,
  FILE_SAME_JAVA_OUTER_CLASSNAME: source,
  FILE_SAME_JAVA_PACKAGE: source,
  FILE_SAME_OBJC_CLASS_PREFIX: source,
  FILE_SAME_OPTIMIZE_FOR: source,
  FILE_SAME_PACKAGE: all,
  FILE_SAME_PHP_CLASS_PREFIX: source,
  FILE_SAME_PHP_METADATA_NAMESPACE: source,
  FILE_SAME_PHP_NAMESPACE: source,
  FILE_SAME_PY_GENERIC_SERVICES: source,
  FILE_SAME_RUBY_PACKAGE: source,
  FILE_SAME_SWIFT_PREFIX: source,
  FILE_SAME_SYNTAX: source,
  MESSAGE_NO_DELETE: ['FILE'],
  MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR: source,
  MESSAGE_SAME_JSON_FORMAT: named,
  MESSAGE_SAME_REQUIRED_FIELDS: all,
  ONEOF_NO_DELETE: source,
  PACKAGE_ENUM_NO_DELETE: ['PACKAGE'],
  PACKAGE_EXTENSION_NO_DELETE: ['PACKAGE'],
  PACKAGE_MESSAGE_NO_DELETE: ['PACKAGE'],
  PACKAGE_NO_DELETE: ['PACKAGE'],
  PACKAGE_SERVICE_NO_DELETE: ['PACKAGE'],
  RESERVED_ENUM_NO_DELETE: all,
  RESERVED_MESSAGE_NO_DELETE: all,
  RPC_NO_DELETE: source,
  RPC_SAME_CLIENT_STREAMING: all,
  RPC_SAME_IDEMPOTENCY_LEVEL: all,
  RPC_SAME_REQUEST_TYPE: all,
  RPC_SAME_RESPONSE_TYPE: all,
  RPC_SAME_SERVER_STREAMING: all,
  SERVICE_NO_DELETE: ['FILE'],
} as const satisfies Readonly<Record<string, readonly Category[]>>

export type ProtobufRule = keyof typeof protobufRules

/** A rule of buf that a change breaks. */
export interface Breach {
  readonly rule: ProtobufRule
  /** As in findings: `shop.v1.Order.count`. */
  readonly at: string
  readonly why: string
}
