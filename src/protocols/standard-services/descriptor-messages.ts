import { Field, Message } from '../../decorators/message.js'
import { bool, enumOf, int32, listOf, oneOf, optional, string } from '../../schema/algebra.js'
import { FeatureSet } from './descriptor-features.js'

// The parts of google/protobuf/descriptor.proto that a proto3 file needs, with its numbers, those that tell other files apart, and those that
// a change must not touch (src/idl/check).

export enum FieldType {
  TYPE_DOUBLE = 1,
  TYPE_FLOAT = 2,
  TYPE_INT64 = 3,
  TYPE_UINT64 = 4,
  TYPE_INT32 = 5,
  TYPE_FIXED64 = 6,
  TYPE_FIXED32 = 7,
  TYPE_BOOL = 8,
  TYPE_STRING = 9,
  TYPE_GROUP = 10,
  TYPE_MESSAGE = 11,
  TYPE_BYTES = 12,
  TYPE_UINT32 = 13,
  TYPE_ENUM = 14,
  TYPE_SFIXED32 = 15,
  TYPE_SFIXED64 = 16,
  TYPE_SINT32 = 17,
  TYPE_SINT64 = 18,
}

export enum FieldLabel {
  LABEL_OPTIONAL = 1,
  LABEL_REQUIRED = 2,
  LABEL_REPEATED = 3,
}

export enum IdempotencyLevel {
  IDEMPOTENCY_UNKNOWN = 0,
  NO_SIDE_EFFECTS = 1,
  IDEMPOTENT = 2,
}

@Message('google.protobuf.FieldOptions')
export class FieldOptions {
  /** In C++: 0 string, 1 cord, 2 string piece. */
  @Field(1, optional(int32)) ctype?: number
  @Field(3, bool) deprecated?: boolean
  /** In JavaScript: 0 normal, 1 string, 2 number. */
  @Field(6, int32) jstype?: number
  @Field(16, bool) debugRedact?: boolean
  @Field(21, FeatureSet) features?: FeatureSet
}

/** What a message or an enum reserves, or a message leaves to extensions. */
@Message('google.protobuf.DescriptorProto.ReservedRange')
export class ReservedRange {
  @Field(1, optional(int32)) start?: number
  @Field(2, optional(int32)) end?: number
}

@Message('google.protobuf.FieldDescriptorProto')
export class FieldDescriptorProto {
  @Field(1, string) name!: string
  /** Of an extension: the message that it extends, with a leading dot. */
  @Field(2, string) extendee?: string
  @Field(3, int32) number!: number
  // Both are always written: their first members, which a field of proto3 leaves out, are not zero, and Go's tools take what is absent for
  // unknown.
  @Field(4, optional(enumOf(FieldLabel))) label?: FieldLabel
  @Field(5, optional(enumOf(FieldType))) type?: FieldType
  @Field(6, string) typeName?: string
  @Field(7, optional(string)) defaultValue?: string
  @Field(8, () => FieldOptions) options?: FieldOptions
  @Field(9, optional(int32)) oneofIndex?: number
  @Field(10, string) jsonName?: string
  @Field(17, bool) proto3Optional?: boolean
}

@Message('google.protobuf.OneofDescriptorProto')
export class OneofDescriptorProto {
  @Field(1, string) name!: string
}

@Message('google.protobuf.EnumValueOptions')
export class EnumValueOptions {
  @Field(1, bool) deprecated?: boolean
}

@Message('google.protobuf.EnumValueDescriptorProto')
export class EnumValueDescriptorProto {
  @Field(1, string) name!: string
  @Field(2, optional(int32)) number?: number
  @Field(3, EnumValueOptions) options?: EnumValueOptions
}

@Message('google.protobuf.EnumOptions')
export class EnumOptions {
  @Field(2, bool) allowAlias?: boolean
  @Field(3, bool) deprecated?: boolean
  @Field(7, FeatureSet) features?: FeatureSet
}

@Message('google.protobuf.EnumDescriptorProto')
export class EnumDescriptorProto {
  @Field(1, string) name!: string
  @Field(2, listOf(EnumValueDescriptorProto)) value: EnumValueDescriptorProto[] = []
  @Field(3, () => EnumOptions) options?: EnumOptions
  @Field(4, listOf(ReservedRange)) reservedRange?: ReservedRange[]
  @Field(5, listOf(string)) reservedName?: string[]
}

/** Of the class of a declared error. */
@Message('polywire.ErrorOptions')
export class ErrorOptions {
  /** The name of the code that it has on every wire, if its class sets one. */
  @Field(1, string) code?: string
  /** The field that holds the text of the error, if one does. */
  @Field(2, string) text?: string
}

/** The number of polywire's own options: schemas/polywire/options.proto. */
const own = 217_555_747

@Message('google.protobuf.MessageOptions')
export class MessageOptions {
  @Field(12, FeatureSet) features?: FeatureSet
  @Field(2, bool) noStandardDescriptorAccessor?: boolean
  @Field(3, bool) deprecated?: boolean
  @Field(7, bool) mapEntry?: boolean
  /** The extension `polywire.error`. */
  @Field(own, ErrorOptions) error?: ErrorOptions
}

@Message('google.protobuf.DescriptorProto')
export class DescriptorProto {
  @Field(1, string) name!: string
  @Field(2, listOf(FieldDescriptorProto)) field: FieldDescriptorProto[] = []
  @Field(
    3,
    listOf(() => DescriptorProto),
  )
  nestedType: DescriptorProto[] = []
  @Field(4, listOf(EnumDescriptorProto)) enumType: EnumDescriptorProto[] = []
  @Field(5, listOf(ReservedRange)) extensionRange?: ReservedRange[]
  @Field(6, listOf(FieldDescriptorProto)) extension?: FieldDescriptorProto[]
  @Field(7, () => MessageOptions) options?: MessageOptions
  @Field(8, listOf(OneofDescriptorProto)) oneofDecl: OneofDescriptorProto[] = []
  @Field(9, listOf(ReservedRange)) reservedRange?: ReservedRange[]
  @Field(10, listOf(string)) reservedName?: string[]
}

@Message('google.api.CustomHttpPattern')
export class CustomHttpPattern {
  @Field(1, string) kind = ''
  @Field(2, string) path = ''
}

/** Source: google/api/http.proto. */
@Message('google.api.HttpRule')
export class HttpRule {
  @Field(
    oneOf({
      get: [2, string],
      put: [3, string],
      post: [4, string],
      delete: [5, string],
      patch: [6, string],
      custom: [8, CustomHttpPattern],
    }),
  )
  pattern?:
    | { case: 'get' | 'put' | 'post' | 'delete' | 'patch'; value: string }
    | { case: 'custom'; value: CustomHttpPattern }
  @Field(7, string) body?: string
  @Field(
    11,
    listOf(() => HttpRule),
  )
  additionalBindings?: HttpRule[]
  @Field(12, string) responseBody?: string
}

@Message('google.protobuf.MethodOptions')
export class MethodOptions {
  @Field(33, bool) deprecated?: boolean
  @Field(34, enumOf(IdempotencyLevel)) idempotencyLevel?: IdempotencyLevel
  /** The extension `google.api.http`, which is an option like those of protobuf itself on the wire. */
  @Field(72295728, HttpRule) http?: HttpRule
  /** The extension `polywire.throws`: full names of messages. */
  @Field(own, listOf(string)) throws?: string[]
}

@Message('google.protobuf.MethodDescriptorProto')
export class MethodDescriptorProto {
  @Field(1, string) name!: string
  @Field(2, string) inputType!: string
  @Field(3, string) outputType!: string
  @Field(4, () => MethodOptions) options?: MethodOptions
  @Field(5, bool) clientStreaming?: boolean
  @Field(6, bool) serverStreaming?: boolean
}

@Message('google.protobuf.ServiceOptions')
export class ServiceOptions {
  @Field(33, bool) deprecated?: boolean
}

@Message('google.protobuf.ServiceDescriptorProto')
export class ServiceDescriptorProto {
  @Field(1, string) name!: string
  @Field(2, listOf(MethodDescriptorProto)) method: MethodDescriptorProto[] = []
  @Field(3, ServiceOptions) options?: ServiceOptions
}

/** Where something stands in its file, and the comments around it. */
@Message('google.protobuf.SourceCodeInfo.Location')
export class SourceLocation {
  /** Field numbers and indexes that lead from the file to it. */
  @Field(1, listOf(int32)) path: number[] = []
  /** Line, column, and the end; from 0. */
  @Field(2, listOf(int32)) span: number[] = []
  @Field(3, string) leadingComments = ''
  @Field(4, string) trailingComments = ''
}

@Message('google.protobuf.SourceCodeInfo')
export class SourceCodeInfo {
  @Field(1, listOf(SourceLocation)) location: SourceLocation[] = []
}

@Message('google.protobuf.FileOptions')
export class FileOptions {
  @Field(50, FeatureSet) features?: FeatureSet
}

@Message('google.protobuf.FileDescriptorProto')
export class FileDescriptorProto {
  @Field(1, string) name!: string
  @Field(2, string) package!: string
  @Field(3, listOf(string)) dependency: string[] = []
  @Field(4, listOf(DescriptorProto)) messageType: DescriptorProto[] = []
  @Field(5, listOf(EnumDescriptorProto)) enumType: EnumDescriptorProto[] = []
  @Field(6, listOf(ServiceDescriptorProto)) service: ServiceDescriptorProto[] = []
  @Field(7, listOf(FieldDescriptorProto)) extension?: FieldDescriptorProto[]
  @Field(8, FileOptions) options?: FileOptions
  @Field(9, SourceCodeInfo) sourceCodeInfo?: SourceCodeInfo
  @Field(12, string) syntax = ''
  /** google.protobuf.Edition: 1000 is 2023. Default: that of `syntax`. */
  @Field(14, optional(int32)) edition?: number
}

@Message('google.protobuf.FileDescriptorSet')
export class FileDescriptorSet {
  @Field(1, listOf(FileDescriptorProto)) file: FileDescriptorProto[] = []
}
