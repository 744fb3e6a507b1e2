import type { ScalarName } from '../../schema/type.js'

/** As the compiler checks that none is missing. */
const names: Readonly<Record<ScalarName, true>> = {
  double: true,
  float: true,
  int8: true,
  int16: true,
  int32: true,
  uint32: true,
  sint32: true,
  fixed32: true,
  sfixed32: true,
  int64: true,
  uint64: true,
  sint64: true,
  fixed64: true,
  sfixed64: true,
  bool: true,
  string: true,
  bytes: true,
  uuid: true,
  timestamp: true,
  duration: true,
  struct: true,
  value: true,
  listValue: true,
  nullValue: true,
  fieldMask: true,
}

/** Whether a word of a lock is the name of a scalar type. */
export function isScalarName(word: string): word is ScalarName {
  return Object.hasOwn(names, word)
}
