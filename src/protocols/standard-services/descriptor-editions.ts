import { FieldPresence, MessageEncoding } from './descriptor-features.js'
import { type DescriptorProto, type FieldDescriptorProto, type FileDescriptorProto } from './descriptor-messages.js'

/** Of google.protobuf.Edition: 2023, the first that has groups without proto2's other rules. */
const edition2023 = 1000

/** A proto3 file, as a file of an edition if it has groups, which proto3 lacks. */
export function inEdition(file: FileDescriptorProto): FileDescriptorProto {
  if (!file.messageType.some(hasGroups)) return file
  return {
    ...file,
    syntax: 'editions',
    edition: edition2023,
    options: { features: { fieldPresence: FieldPresence.IMPLICIT } },
    messageType: file.messageType.map(message),
  }
}

function hasGroups({ field, nestedType }: DescriptorProto): boolean {
  const isGroup = ({ options }: FieldDescriptorProto) =>
    options?.features?.messageEncoding === MessageEncoding.DELIMITED
  return field.some(isGroup) || nestedType.some(hasGroups)
}

/** The oneofs that express a field's presence, which stand behind all others, become features of their fields. */
function message(given: DescriptorProto): DescriptorProto {
  const optionals = given.field.filter(({ proto3Optional }) => proto3Optional).length
  return {
    ...given,
    field: given.field.map(field),
    nestedType: given.nestedType.map(message),
    oneofDecl: given.oneofDecl.slice(0, given.oneofDecl.length - optionals),
  }
}

function field(given: FieldDescriptorProto): FieldDescriptorProto {
  if (!given.proto3Optional) return given
  const { proto3Optional: _, oneofIndex: __, ...rest } = given
  return { ...rest, options: { ...rest.options, features: { fieldPresence: FieldPresence.EXPLICIT } } }
}
