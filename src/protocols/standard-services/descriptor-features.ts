import { Field, Message } from '../../decorators/message.js'
import { enumOf, int32 } from '../../schema/algebra.js'

// What editions leave to files, messages, enums and fields: google/protobuf/descriptor.proto, with its numbers.

export enum FieldPresence {
  FIELD_PRESENCE_UNKNOWN = 0,
  EXPLICIT = 1,
  IMPLICIT = 2,
  LEGACY_REQUIRED = 3,
}

export enum MessageEncoding {
  MESSAGE_ENCODING_UNKNOWN = 0,
  LENGTH_PREFIXED = 1,
  DELIMITED = 2,
}

export enum EnumKind {
  ENUM_TYPE_UNKNOWN = 0,
  OPEN = 1,
  CLOSED = 2,
}

export enum Utf8Validation {
  UTF8_VALIDATION_UNKNOWN = 0,
  VERIFY = 2,
  NONE = 3,
}

export enum JsonFormat {
  JSON_FORMAT_UNKNOWN = 0,
  ALLOW = 1,
  LEGACY_BEST_EFFORT = 2,
}

/** Source: google/protobuf/cpp_features.proto. */
@Message('pb.CppFeatures')
export class CppFeatures {
  /** 1 view, 2 cord, 3 string. */
  @Field(2, int32) stringType?: number
}

/** Source: google/protobuf/java_features.proto. */
@Message('pb.JavaFeatures')
export class JavaFeatures {
  /** 1 as in all languages, 2 verified. */
  @Field(2, int32) utf8Validation?: number
}

/** What an edition leaves to its files. What changes only how a writer may write is left out: every reader reads both. */
@Message('google.protobuf.FeatureSet')
export class FeatureSet {
  @Field(1, enumOf(FieldPresence)) fieldPresence?: FieldPresence
  @Field(2, enumOf(EnumKind)) enumType?: EnumKind
  @Field(4, enumOf(Utf8Validation)) utf8Validation?: Utf8Validation
  @Field(5, enumOf(MessageEncoding)) messageEncoding?: MessageEncoding
  @Field(6, enumOf(JsonFormat)) jsonFormat?: JsonFormat
  /** The extensions of languages, which are fields like any other on the wire. */
  @Field(1000, CppFeatures) cpp?: CppFeatures
  @Field(1001, JavaFeatures) java?: JavaFeatures
}
