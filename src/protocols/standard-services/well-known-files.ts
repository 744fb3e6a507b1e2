import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
} from './descriptor-messages.js'

/** The file of protobuf itself that declares this message, `Timestamp`. */
export function wellKnownFileOf(message: string): FileDescriptorProto {
  if (message.endsWith('Value') && message in wrapped) return wrappersFile()
  if (message === 'Timestamp' || message === 'Duration') {
    const fields = [field('seconds', 1, FieldType.TYPE_INT64), field('nanos', 2, FieldType.TYPE_INT32)]
    return file(message.toLowerCase(), [messageOf(message, fields)])
  }
  if (message === 'FieldMask')
    return file('field_mask', [messageOf(message, [repeated(field('paths', 1, FieldType.TYPE_STRING))])])
  return structFile()
}

const wrapped: Readonly<Record<string, FieldType>> = {
  DoubleValue: FieldType.TYPE_DOUBLE,
  FloatValue: FieldType.TYPE_FLOAT,
  Int64Value: FieldType.TYPE_INT64,
  UInt64Value: FieldType.TYPE_UINT64,
  Int32Value: FieldType.TYPE_INT32,
  UInt32Value: FieldType.TYPE_UINT32,
  BoolValue: FieldType.TYPE_BOOL,
  StringValue: FieldType.TYPE_STRING,
  BytesValue: FieldType.TYPE_BYTES,
}

function wrappersFile(): FileDescriptorProto {
  return file(
    'wrappers',
    Object.entries(wrapped).map(([name, type]) => messageOf(name, [field('value', 1, type)])),
  )
}

function structFile(): FileDescriptorProto {
  const entry = {
    ...messageOf('FieldsEntry', [field('key', 1, FieldType.TYPE_STRING), within('value', 2, 'Value')]),
    options: { mapEntry: true },
  }
  const fields = repeated(within('fields', 1, 'Struct.FieldsEntry'))
  const kinds = [
    { ...within('null_value', 1, 'NullValue'), type: FieldType.TYPE_ENUM },
    field('number_value', 2, FieldType.TYPE_DOUBLE),
    field('string_value', 3, FieldType.TYPE_STRING),
    field('bool_value', 4, FieldType.TYPE_BOOL),
    within('struct_value', 5, 'Struct'),
    within('list_value', 6, 'ListValue'),
  ].map(kind => ({ ...kind, oneofIndex: 0 }))
  return file(
    'struct',
    [
      { ...messageOf('Struct', [fields]), nestedType: [entry] },
      { ...messageOf('Value', kinds), oneofDecl: [{ name: 'kind' }] },
      messageOf('ListValue', [repeated(within('values', 1, 'Value'))]),
    ],
    [{ name: 'NullValue', value: [{ name: 'NULL_VALUE', number: 0 }] }],
  )
}

function file(name: string, messageType: DescriptorProto[], enumType: EnumDescriptorProto[] = []): FileDescriptorProto {
  return {
    name: `google/protobuf/${name}.proto`,
    package: 'google.protobuf',
    dependency: [],
    messageType,
    enumType,
    service: [],
    syntax: 'proto3',
  }
}

function messageOf(name: string, fields: FieldDescriptorProto[]): DescriptorProto {
  return { name, field: fields, nestedType: [], enumType: [], oneofDecl: [] }
}

function field(name: string, number: number, type: FieldType): FieldDescriptorProto {
  const jsonName = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  return { name, number, label: FieldLabel.LABEL_OPTIONAL, type, jsonName }
}

function within(name: string, number: number, type: string): FieldDescriptorProto {
  return { ...field(name, number, FieldType.TYPE_MESSAGE), typeName: `.google.protobuf.${type}` }
}

function repeated(one: FieldDescriptorProto): FieldDescriptorProto {
  return { ...one, label: FieldLabel.LABEL_REPEATED }
}
