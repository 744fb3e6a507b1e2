import {
  EnumKind,
  type FeatureSet,
  FieldPresence,
  JsonFormat,
  MessageEncoding,
  Utf8Validation,
} from '../../protocols/standard-services/descriptor-features.js'
import {
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import type { FieldModel, InitialModel } from '../model.js'

/** What the syntax or the edition of a file, and its features, say of its fields and enums. */
export interface Features {
  /** Whether fields without a label tell absence from zero. */
  readonly isExplicit: boolean
  readonly isRequired: boolean
  /** Whether messages are written as groups. */
  readonly isDelimited: boolean
  /** Whether enums have no other numbers than those of their members. */
  readonly isClosed: boolean
  readonly hasUtf8Checks: boolean
  /** Whether the names in JSON are checked for clashes. */
  readonly hasJson: boolean
  /** The text type of C++, by its number in cpp_features.proto; undefined for that of the edition. */
  readonly cppStrings: number | undefined
  /** Whether Java checks texts where other languages do not. */
  readonly hasJavaUtf8Checks: boolean
}

/** Source: protobuf's "Feature Settings for Editions". An absent syntax is proto2. */
export function fileFeatures({ syntax, options }: FileDescriptorProto): Features {
  const isProto2 = syntax !== 'proto3' && syntax !== 'editions'
  const base: Features = {
    isExplicit: syntax !== 'proto3',
    isRequired: false,
    isDelimited: false,
    isClosed: isProto2,
    hasUtf8Checks: !isProto2,
    hasJson: !isProto2,
    cppStrings: undefined,
    hasJavaUtf8Checks: false,
  }
  return featuresWithin(base, options?.features)
}

export function featuresWithin(outer: Features, own: FeatureSet | undefined): Features {
  if (own === undefined) return outer
  // Zero is "unknown", which no file can say.
  const given = <T>(value: number | undefined, of: T, otherwise: T): T => (value ? of : otherwise)
  const { fieldPresence, enumType, utf8Validation, messageEncoding, jsonFormat, cpp, java } = own
  return {
    isExplicit: given(fieldPresence, fieldPresence !== FieldPresence.IMPLICIT, outer.isExplicit),
    isRequired: given(fieldPresence, fieldPresence === FieldPresence.LEGACY_REQUIRED, outer.isRequired),
    isDelimited: given(messageEncoding, messageEncoding === MessageEncoding.DELIMITED, outer.isDelimited),
    isClosed: given(enumType, enumType === EnumKind.CLOSED, outer.isClosed),
    hasUtf8Checks: given(utf8Validation, utf8Validation === Utf8Validation.VERIFY, outer.hasUtf8Checks),
    hasJson: given(jsonFormat, jsonFormat === JsonFormat.ALLOW, outer.hasJson),
    cppStrings: cpp?.stringType || outer.cppStrings,
    hasJavaUtf8Checks: given(java?.utf8Validation, java?.utf8Validation === 2, outer.hasJavaUtf8Checks),
  }
}

/** A message is absent by itself, and needs no presence. */
export function presenceOf(
  { label, type, proto3Optional }: FieldDescriptorProto,
  { isExplicit, isRequired }: Features,
): FieldModel['presence'] {
  if (label === FieldLabel.LABEL_REPEATED) return 'implicit'
  if (label === FieldLabel.LABEL_REQUIRED || isRequired) return 'required'
  const isMessage = type === FieldType.TYPE_MESSAGE || type === FieldType.TYPE_GROUP
  return (isExplicit && !isMessage) || proto3Optional ? 'optional' : 'implicit'
}

/**
 * The default of a field: of an enum the member's name. Undefined if the file gives none, or the type's zero.
 * @param zeros the members of the field's enum that are its zero; default: none
 */
export function defaultOf(field: FieldDescriptorProto, zeros: readonly string[] = []): InitialModel | undefined {
  const value = writtenDefault(field)
  // A zero as the initial value would not tell absence from zero.
  const isZero =
    value === '' ||
    (field.type === FieldType.TYPE_ENUM && zeros.includes(String(value))) ||
    value === false ||
    Object.is(value, 0) ||
    value === 0n ||
    (value instanceof Uint8Array && value.length === 0)
  return isZero ? undefined : value
}

/** Of an enum the member's name. */
export type WrittenDefault = string | boolean | number | bigint | Uint8Array

/** The default that a file writes, zeros too. */
export function writtenDefault({ type, defaultValue: text }: FieldDescriptorProto): WrittenDefault | undefined {
  if (text === undefined) return undefined
  switch (type) {
    case FieldType.TYPE_STRING:
    case FieldType.TYPE_ENUM:
      return text
    case FieldType.TYPE_BYTES:
      return unescaped(text)
    case FieldType.TYPE_BOOL:
      return text === 'true'
    case FieldType.TYPE_INT64:
    case FieldType.TYPE_UINT64:
    case FieldType.TYPE_SINT64:
    case FieldType.TYPE_FIXED64:
    case FieldType.TYPE_SFIXED64:
      return BigInt(text)
    default:
      return special[text] ?? Number(text)
  }
}

const special: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** Descriptors have bytes as text with C's escapes: `\001\n\"`. */
function unescaped(text: string): Uint8Array {
  const plain = text.replace(/\\(?:([0-7]{3})|(.))/gs, (_, octal: string | undefined, one: string) =>
    octal === undefined ? (escapes[one] ?? one) : String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return new Uint8Array(Buffer.from(plain, 'latin1'))
}
