import {
  type FieldDescriptorProto,
  FieldLabel,
  type FieldOptions,
  FieldType,
} from '../../protocols/standard-services/descriptor-messages.js'
import { type Features, featuresWithin, presenceOf, type WrittenDefault, writtenDefault } from '../proto/features.js'

export type Cardinality = 'implicit' | 'explicit' | 'required' | 'repeated' | 'map'

/** A field of a message, or an extension of one, as `check` compares it. */
export interface FieldView {
  readonly name: string
  readonly jsonName: string
  readonly number: number
  readonly type: FieldType
  /** Of a message or an enum: with a leading dot. */
  readonly typeName: string
  readonly cardinality: Cardinality
  /** Whether the file says `required`, and not a feature. */
  readonly isLabelledRequired: boolean
  /** Undefined for the one that stands for a field's presence. */
  readonly oneof: string | undefined
  /** Undefined if the file writes none, and for lists, maps and messages. */
  readonly initial: WrittenDefault | undefined
  readonly features: Features
  readonly options: FieldOptions
  readonly isExtension: boolean
  /** Whether Java refuses a text that is not UTF-8. */
  readonly isCheckedInJava: boolean
}

/** Where a field stands. */
export interface FieldPlace {
  /** Whether the file asks Java for it. */
  readonly isCheckedInJava: boolean
  /** Those of its message; of an extension those of what it stands in. */
  readonly features: Features
  /** The names of the messages that protobuf generates for the message's maps, with a leading dot. */
  readonly entries: ReadonlySet<string>
  readonly oneofs: readonly { readonly name: string }[]
}

export function fieldView(field: FieldDescriptorProto, place: FieldPlace): FieldView {
  const { features: outer, entries, oneofs } = place
  const {
    name,
    jsonName,
    number,
    type = FieldType.TYPE_DOUBLE,
    label,
    typeName = '',
    oneofIndex,
    proto3Optional,
    options = {},
  } = field
  const features = featuresWithin(outer, options.features)
  const isDelimited = features.isDelimited && !entries.has(typeName)
  return {
    name,
    jsonName: jsonName || name,
    number,
    type: type === FieldType.TYPE_MESSAGE && isDelimited ? FieldType.TYPE_GROUP : type,
    typeName,
    oneof: oneofIndex === undefined || proto3Optional ? undefined : oneofs[oneofIndex]?.name,
    cardinality: cardinality(field, entries, features),
    isLabelledRequired: label === FieldLabel.LABEL_REQUIRED,
    initial: writtenDefault(field),
    features,
    options,
    isExtension: (field.extendee ?? '') !== '',
    isCheckedInJava: features.hasUtf8Checks || features.hasJavaUtf8Checks || place.isCheckedInJava,
  }
}

function cardinality(field: FieldDescriptorProto, entries: ReadonlySet<string>, features: Features): Cardinality {
  if (entries.has(field.typeName ?? '')) return 'map'
  if (field.label === FieldLabel.LABEL_REPEATED) return 'repeated'
  const presence = presenceOf(field, features)
  if (presence === 'required') return 'required'
  const isMessage = field.type === FieldType.TYPE_MESSAGE || field.type === FieldType.TYPE_GROUP
  // An extension is always told from an absent one.
  const isExtension = (field.extendee ?? '') !== ''
  const isExplicit = presence === 'optional' || field.oneofIndex !== undefined || isMessage || isExtension
  return isExplicit ? 'explicit' : 'implicit'
}
