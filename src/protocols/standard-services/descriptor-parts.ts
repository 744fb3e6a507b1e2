import { type Reserved, reservedRange } from '../../schema/reserved.js'
import type { EnumType, ScalarName, WellKnownName } from '../../schema/type.js'
import { type DescriptorProto, type EnumDescriptorProto, FieldType } from './descriptor-messages.js'

/** A scalar that is not a message. */
export type PlainScalar = Exclude<ScalarName, 'timestamp' | 'duration' | WellKnownName>

export const scalars: Readonly<Record<PlainScalar, FieldType>> = {
  double: FieldType.TYPE_DOUBLE,
  float: FieldType.TYPE_FLOAT,
  int8: FieldType.TYPE_INT32,
  int16: FieldType.TYPE_INT32,
  int32: FieldType.TYPE_INT32,
  uint32: FieldType.TYPE_UINT32,
  sint32: FieldType.TYPE_SINT32,
  fixed32: FieldType.TYPE_FIXED32,
  sfixed32: FieldType.TYPE_SFIXED32,
  int64: FieldType.TYPE_INT64,
  uint64: FieldType.TYPE_UINT64,
  sint64: FieldType.TYPE_SINT64,
  fixed64: FieldType.TYPE_FIXED64,
  sfixed64: FieldType.TYPE_SFIXED64,
  bool: FieldType.TYPE_BOOL,
  string: FieldType.TYPE_STRING,
  bytes: FieldType.TYPE_BYTES,
  uuid: FieldType.TYPE_STRING,
}

/** Ranges of messages end before their last number. */
export function addReserved(message: DescriptorProto, reserved: Reserved): void {
  for (const entry of reserved) {
    const range = reservedRange(entry)
    if (range === undefined) message.reservedName = [...(message.reservedName ?? []), String(entry)]
    else message.reservedRange = [...(message.reservedRange ?? []), { start: range[0], end: range[1] + 1 }]
  }
}

export function emptyMessage(name: string): DescriptorProto {
  return { name, field: [], nestedType: [], enumType: [], oneofDecl: [] }
}

/** proto3 needs a zero, as the first value. */
export function enumOf({ values }: EnumType, name: string): EnumDescriptorProto {
  const value = values.map(one => ({ name: one.name, number: one.number }))
  value.sort((one, other) => Number(other.number === 0) - Number(one.number === 0))
  if (value[0]?.number !== 0) value.unshift({ name: `${name}_UNSPECIFIED`.toUpperCase(), number: 0 })
  const aliased = new Set(value.map(one => one.number)).size < value.length
  return aliased ? { name, value, options: { allowAlias: true } } : { name, value }
}

/** `retryCount` and `retry_count` are `RetryCount`, as protoc names entries of maps. */
export function pascal(name: string): string {
  return name.replace(/(?:^|_)_*(.)?/g, (_, letter = '') => letter.toUpperCase())
}
