import {
  bool,
  bytes,
  double,
  duration,
  fieldMask,
  float,
  int32,
  int64,
  listValue,
  string,
  struct,
  uint32,
  uint64,
  value,
  wrapped,
} from './algebra.js'
import { timestamp } from './refined.js'
import type { ScalarType, ValueType } from './type.js'

/** Scalars that are messages of protobuf itself, by the messages' names. */
const types: ReadonlyMap<string, ScalarType> = /* @__PURE__ */ new Map(
  Object.entries({
    Timestamp: timestamp(),
    Duration: duration,
    Struct: struct,
    Value: value,
    ListValue: listValue,
    FieldMask: fieldMask,
    DoubleValue: wrapped(double),
    FloatValue: wrapped(float),
    Int64Value: wrapped(int64),
    UInt64Value: wrapped(uint64),
    Int32Value: wrapped(int32),
    UInt32Value: wrapped(uint32),
    BoolValue: wrapped(bool),
    StringValue: wrapped(string),
    BytesValue: wrapped(bytes),
  } satisfies Record<string, ScalarType>).map(([name, type]) => [`google.protobuf.${name}`, type]),
)

/** The type of a message of protobuf itself: `timestamp` for `google.protobuf.Timestamp`. */
export function wellKnownTypeOf(message: string): ValueType | undefined {
  return types.get(message)
}

/** The message that a scalar is in protobuf; undefined if it is none. */
export function wellKnownMessageOf(wanted: ScalarType): string | undefined {
  for (const [message, type] of types) if (type.name === wanted.name && type.wrapped === wanted.wrapped) return message
  return undefined
}
