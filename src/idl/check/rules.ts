import type { ProtobufRule } from './protobuf-rules.js'

/** What a rule of Thrift or Avro means, and what to do instead of breaking it. */
const texts = {
  THRIFT_CONST_REMOVED: 'A constant is gone. Programs that use it no longer compile; no bytes change.',
  THRIFT_CONST_TYPE_CHANGED:
    'A constant has another type. Programs that use it may no longer compile; no bytes change.',
  THRIFT_CONST_VALUE_CHANGED: 'A constant has another value. Old and new programs disagree about it; no bytes change.',
  THRIFT_DEFAULT_CHANGED:
    'The default of a field changed. Old and new peers read different values when the field is absent. Send the value explicitly.',
  THRIFT_ENUM_REMOVED: 'An enum is gone. Programs that use it no longer compile; its numbers are still read as i32.',
  THRIFT_ENUM_VALUE_REMOVED:
    'A member of an enum is gone. Old peers still send its number, which new readers do not know. Keep the member, deprecated.',
  THRIFT_ENUM_VALUE_RENAMED: 'A member of an enum has another name. The number carries it; only sources change.',
  THRIFT_FIELD_ADDED_IN_MIDDLE:
    'A new field has a number below the highest of the old ones. Another field may have had it once. Number new fields upwards.',
  THRIFT_FIELD_REMOVED: 'A field is gone. Old peers still send it, and miss it in what they read. Keep it, deprecated.',
  THRIFT_FIELD_RENAMED: 'A field has another name. The number carries it; only sources change.',
  THRIFT_FIELD_REQUIREDNESS_CHANGED:
    'A field became required, or is no longer required. A reader that requires it refuses a message without it.',
  THRIFT_FIELD_TYPE_CHANGED:
    'A field has another type, and so other bytes. Old readers refuse or skip it. Add a field with a new number and fill both for a release.',
  THRIFT_FUNCTION_REMOVED:
    'A method is gone from the service. Calls of it fail with "unknown method". Keep it until nobody calls it.',
  THRIFT_INHERITANCE_CHANGED:
    'The service no longer extends the service that it extended. Calls of inherited methods fail with "unknown method".',
  THRIFT_NAMESPACE_CHANGED: 'Types moved to another namespace. No wire of Thrift carries it; only sources change.',
  THRIFT_ONEWAY_CHANGED:
    'A method became oneway, or is no longer oneway. An old caller waits for a reply that never comes, or finds one that it does not read.',
  THRIFT_REQUIRED_FIELD_ADDED:
    'A new field is required. Old peers do not send it, and new readers refuse their messages. Make it optional.',
  THRIFT_RETURN_TYPE_CHANGED: 'A method returns another type. Old callers cannot read the reply. Add a method instead.',
  THRIFT_SERVICE_REMOVED: 'A service is gone. Nobody answers its calls. Keep it until nobody calls it.',
  THRIFT_STRUCT_REMOVED: 'A struct is gone. Programs that use it no longer compile.',
  AVRO_ENUM_SYMBOL_UNKNOWN:
    "A reader does not know a symbol of the writer's enum, and reads the enum's default instead. The value is lost.",
  AVRO_FIELD_RENAMED:
    'A field has another name. Readers with a default read on without the value. An alias lets new readers find it: { aliases: [...] }.',
  AVRO_FIXED_SIZE_MISMATCH:
    'A fixed type has another size. It cannot be read as the other. Add a field of the new type.',
  AVRO_LOGICAL_TYPE_CHANGED:
    'Bytes can be read, but mean something else, such as milliseconds that were microseconds. Add a field of the new type.',
  AVRO_MESSAGE_REMOVED:
    'A message of the protocol is gone. Calls of it fail with "unknown message". Keep it until nobody calls it.',
  AVRO_MISSING_ENUM_SYMBOLS:
    "A reader does not know a symbol of the writer's enum, and its enum has no default. Give the enum a default before you add symbols.",
  AVRO_MISSING_UNION_BRANCH:
    "A branch of the writer's union fits none of the reader's. Teach readers the new branch a release before writers use it.",
  AVRO_NAME_MISMATCH:
    "A record, enum or fixed has another name. Avro matches named types by name. Keep the name, or give the reader's type an alias.",
  AVRO_ONE_WAY_CHANGED:
    'A message became one-way, or is no longer one-way. An old caller waits for a reply that never comes, or finds one that it does not read.',
  AVRO_PROTOCOL_REMOVED: 'A protocol is gone. Nobody answers its calls. Keep it until nobody calls it.',
  AVRO_READER_FIELD_MISSING_DEFAULT_VALUE:
    'A reader expects a field that the data does not have, and the field has no default. Give every new field a default.',
  AVRO_TYPE_MISMATCH:
    'A value of one type cannot be read as the other. Avro promotes int to long, float and double, and strings to bytes, but not back.',
  REST_BODY_CHANGED:
    'A route takes another part of the request as its body, or another media type. Old callers send what it does not read. Add a route.',
  REST_RESPONSE_CHANGED:
    'A route answers with another part of the reply, or another media type. Old callers read something else. Add a route.',
  REST_ROUTE_REMOVED: 'A route is gone. Requests to it fail with 404. Keep it beside the new one until nobody uses it.',
  REST_STATUS_CHANGED:
    'A route answers with another status, or another Location. Callers that compare the status may take success for failure.',
} as const

/** What a rule of buf means. */
const protobufTexts: Readonly<Record<ProtobufRule, string>> = {
  ENUM_NO_DELETE: 'An enum is gone from its file. Code that imports it from there no longer compiles.',
  ENUM_SAME_JSON_FORMAT:
    "The names of an enum's members in JSON are no longer checked for clashes. Two may become one.",
  ENUM_SAME_TYPE: 'An enum became closed, or open. A reader of a closed one takes unknown numbers for absent values.',
  ENUM_VALUE_NO_DELETE: 'A member of an enum is gone. Code that uses it no longer compiles. Keep it, deprecated.',
  ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED:
    'A member of an enum is gone and its name is not reserved. Old JSON holds the name, which a new member could take for itself.',
  ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED:
    'A member of an enum is gone and its number is not reserved. Old data holds the number, which a new member could take for itself.',
  ENUM_VALUE_SAME_NAME:
    'A member of an enum has another name. JSON carries the name, so readers of the old one find nothing.',
  EXTENSION_MESSAGE_NO_DELETE:
    'A message no longer leaves a number to extensions. Code that extends it no longer compiles.',
  EXTENSION_NO_DELETE: 'An extension is gone from its file. Code that imports it from there no longer compiles.',
  FIELD_NO_DELETE:
    'A field is gone. Code that uses it no longer compiles. Keep it, deprecated, until nobody reads or writes it.',
  FIELD_NO_DELETE_UNLESS_NAME_RESERVED:
    'A field is gone and its name is not reserved. Old JSON holds the name, which a new field could take for itself: { reserved: [...] }.',
  FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED:
    'A field is gone and its number is not reserved. Old data holds the number, which a new field could take for itself: { reserved: [...] }.',
  FIELD_SAME_CARDINALITY:
    'A field became optional, required, a list or a map, or ceased to be one. Code that uses it may no longer compile.',
  FIELD_SAME_CPP_STRING_TYPE: 'A field has another text type in C++. Code in C++ may no longer compile.',
  FIELD_SAME_DEFAULT:
    'The default of a field changed. Old and new peers read different values when the field is absent. Send the value explicitly.',
  FIELD_SAME_JAVA_UTF8_VALIDATION:
    'Java checks the UTF-8 of a field now, or no longer. Peers in Java refuse what they took, or take what they refused.',
  FIELD_SAME_JSON_NAME: 'A field has another name in JSON. Readers of the old name find nothing.',
  FIELD_SAME_JSTYPE:
    'A 64-bit integer has another type in JavaScript that protoc generates. That code may no longer work.',
  FIELD_SAME_NAME: 'A field has another name. JSON by field names, and code that uses it, no longer find it.',
  FIELD_SAME_ONEOF: 'A field moved into a oneof or out of it. Setting one case clears the others, so values get lost.',
  FIELD_SAME_TYPE:
    'The type of a field changed. Code that uses it no longer compiles. Add a field with a new number, fill both, and remove the old one a release later.',
  FIELD_SAME_UTF8_VALIDATION: 'A text must be UTF-8 now, or no longer. Readers that check refuse what they took.',
  FIELD_WIRE_COMPATIBLE_CARDINALITY:
    'A field became a list, a map or required, or ceased to be one. The same bytes are read as something else.',
  FIELD_WIRE_COMPATIBLE_TYPE:
    'The type of a field changed to one with other bytes. Old readers refuse it or read another value. Add a field with a new number.',
  FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY:
    'A field became a list, a map or required, or ceased to be one. The same JSON is refused or read as something else.',
  FIELD_WIRE_JSON_COMPATIBLE_TYPE:
    'The type of a field changed to one with other bytes or other JSON: a 64-bit integer is a text in JSON. Add a field with a new number.',
  FILE_NO_DELETE: 'A file is gone. Code that imports it no longer compiles.',
  FILE_SAME_CC_ENABLE_ARENAS:
    'The option cc_enable_arenas of a file changed. Code in C++ may no longer compile; no bytes change.',
  FILE_SAME_CC_GENERIC_SERVICES:
    'The option cc_generic_services of a file changed. Code in C++ may no longer compile; no bytes change.',
  FILE_SAME_CSHARP_NAMESPACE:
    'The option csharp_namespace of a file changed. Code in C# may no longer compile; no bytes change.',
  FILE_SAME_GO_PACKAGE: 'The option go_package of a file changed. Code in Go may no longer compile; no bytes change.',
  FILE_SAME_JAVA_GENERIC_SERVICES:
    'The option java_generic_services of a file changed. Code in Java may no longer compile; no bytes change.',
  FILE_SAME_JAVA_MULTIPLE_FILES:
    'The option java_multiple_files of a file changed. Code in Java may no longer compile; no bytes change.',
  FILE_SAME_JAVA_OUTER_CLASSNAME:
    'The option java_outer_classname of a file changed. Code in Java may no longer compile; no bytes change.',
  FILE_SAME_JAVA_PACKAGE:
    'The option java_package of a file changed. Code in Java may no longer compile; no bytes change.',
  FILE_SAME_OBJC_CLASS_PREFIX:
    'The option objc_class_prefix of a file changed. Code in Objective-C may no longer compile; no bytes change.',
  FILE_SAME_OPTIMIZE_FOR:
    'The option optimize_for of a file changed. Code in C++ and Java may no longer compile; no bytes change.',
  FILE_SAME_PACKAGE: 'The package of a file changed. All its names change with it, and so do the paths of its methods.',
  FILE_SAME_PHP_CLASS_PREFIX:
    'The option php_class_prefix of a file changed. Code in PHP may no longer compile; no bytes change.',
  FILE_SAME_PHP_METADATA_NAMESPACE:
    'The option php_metadata_namespace of a file changed. Code in PHP may no longer compile; no bytes change.',
  FILE_SAME_PHP_NAMESPACE:
    'The option php_namespace of a file changed. Code in PHP may no longer compile; no bytes change.',
  FILE_SAME_PY_GENERIC_SERVICES:
    'The option py_generic_services of a file changed. Code in Python may no longer compile; no bytes change.',
  FILE_SAME_RUBY_PACKAGE:
    'The option ruby_package of a file changed. Code in Ruby may no longer compile; no bytes change.',
  FILE_SAME_SWIFT_PREFIX:
    'The option swift_prefix of a file changed. Code in Swift may no longer compile; no bytes change.',
  FILE_SAME_SYNTAX: 'The syntax or the edition of a file changed. Generated code may behave in another way.',
  MESSAGE_NO_DELETE: 'A message is gone from its file. Code that imports it from there no longer compiles.',
  MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR:
    'A message hides its descriptor in generated code. Code that asks for it no longer compiles.',
  MESSAGE_SAME_JSON_FORMAT:
    "The names of a message's fields in JSON are no longer checked for clashes. Two may become one.",
  MESSAGE_SAME_REQUIRED_FIELDS:
    'A field became required, or is no longer required. A reader that requires it refuses a message without it.',
  ONEOF_NO_DELETE: 'A oneof is gone. Code that uses it no longer compiles.',
  PACKAGE_ENUM_NO_DELETE: 'An enum is gone from its package. Code that uses it no longer compiles.',
  PACKAGE_EXTENSION_NO_DELETE: 'An extension is gone from its package. Code that uses it no longer compiles.',
  PACKAGE_MESSAGE_NO_DELETE: 'A message is gone from its package. Code that uses it no longer compiles.',
  PACKAGE_NO_DELETE: 'A package is gone. Code that uses it no longer compiles, and nobody answers its services.',
  PACKAGE_SERVICE_NO_DELETE: 'A service is gone from its package. Calls of it fail with unimplemented.',
  RESERVED_ENUM_NO_DELETE: 'A number or a name of an enum is no longer reserved. Old data may hold it.',
  RESERVED_MESSAGE_NO_DELETE: 'A number or a name of a message is no longer reserved. Old data may hold it.',
  RPC_NO_DELETE: 'A method is gone. Calls of it fail with unimplemented. Keep it until nobody calls it.',
  RPC_SAME_CLIENT_STREAMING:
    'A method takes a stream of requests now, or no longer takes one. Old callers send the other. Add a method.',
  RPC_SAME_IDEMPOTENCY_LEVEL:
    '@Safe or @Idempotent changed. Old callers cache, retry or hedge the method by the old level.',
  RPC_SAME_REQUEST_TYPE: 'A method takes another message. Add a method instead, or fields to the message.',
  RPC_SAME_RESPONSE_TYPE: 'A method returns another message. Add a method instead, or fields to the message.',
  RPC_SAME_SERVER_STREAMING:
    'A method returns a stream now, or no longer returns one. Old callers expect the other. Add a method.',
  SERVICE_NO_DELETE: 'A service is gone from its file. Code that imports it from there no longer compiles.',
}

/** What each rule that `check` can name means, and what to do instead. */
export const ruleTexts: Readonly<Record<string, string>> = { ...protobufTexts, ...texts }

type Without<Prefix extends string, Name> = Name extends `${Prefix}${infer Rest}` ? Rest : never

/** The names of Thrift's rules, without `THRIFT_`. */
export type ThriftRule = Without<'THRIFT_', keyof typeof texts>
/** The names of rules for routes, without `REST_`. */
export type RestRule = Without<'REST_', keyof typeof texts>
/** The names of Avro's rules, without `AVRO_`. */
export type AvroRule = Without<'AVRO_', keyof typeof texts>
