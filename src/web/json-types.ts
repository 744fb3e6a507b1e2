import * as schema from '../schema/algebra.js'
import {
  date as dateType,
  decimal as decimalType,
  fixed as fixedType,
  localTimestamp as localTimestampType,
  timeOfDay as timeOfDayType,
} from '../schema/refined.js'
import {
  bytesForm,
  durationForm,
  enumForm,
  instantForm,
  jsonForm,
  longForm,
  mapForm,
  maskForm,
  oneOfForm,
  refinedForm,
  setForm,
} from './json/forms.js'
import { listForm } from './json/list.js'
import { floatForm, integerForm } from './json/numbers.js'
import { withForm } from './json/page-type.js'

// The types whose JSON takes code of its own. A page gets it with the type. They are the types of `polywire`, so a class is the same on
// both sides.

/** A 64-bit floating-point number. */
export const double = /* @__PURE__ */ withForm('double', floatForm, schema.double)
/** A 32-bit floating-point number. */
export const float = /* @__PURE__ */ withForm('float', floatForm, schema.float)
/** An integer from -128 to 127. */
export const int8 = /* @__PURE__ */ withForm('int8', integerForm, schema.int8)
/** An integer from -32,768 to 32,767. */
export const int16 = /* @__PURE__ */ withForm('int16', integerForm, schema.int16)
/** A signed 32-bit integer. In protobuf a negative one takes 10 bytes; `sint32` takes fewer. */
export const int32 = /* @__PURE__ */ withForm('int32', integerForm, schema.int32)
/** An unsigned 32-bit integer. */
export const uint32 = /* @__PURE__ */ withForm('uint32', integerForm, schema.uint32)
/** A signed 32-bit integer that protobuf writes in few bytes if it is near 0, negative or not. Elsewhere like `int32`. */
export const sint32 = /* @__PURE__ */ withForm('sint32', integerForm, schema.sint32)
/** An unsigned 32-bit integer that protobuf writes in 4 bytes, for large values. Elsewhere like `uint32`. */
export const fixed32 = /* @__PURE__ */ withForm('fixed32', integerForm, schema.fixed32)
/** A signed 32-bit integer that protobuf writes in 4 bytes, for large values. Elsewhere like `int32`. */
export const sfixed32 = /* @__PURE__ */ withForm('sfixed32', integerForm, schema.sfixed32)
/** A signed 64-bit integer, a `bigint`. In protobuf a negative one takes 10 bytes; `sint64` takes fewer. */
export const int64 = /* @__PURE__ */ withForm('int64', longForm, schema.int64)
/** An unsigned 64-bit integer, a `bigint`. */
export const uint64 = /* @__PURE__ */ withForm('uint64', longForm, schema.uint64)
/** A signed 64-bit integer, a `bigint`, that protobuf writes in few bytes if it is near 0. Elsewhere like `int64`. */
export const sint64 = /* @__PURE__ */ withForm('sint64', longForm, schema.sint64)
/** An unsigned 64-bit integer, a `bigint`, that protobuf writes in 8 bytes, for large values. Elsewhere like `uint64`. */
export const fixed64 = /* @__PURE__ */ withForm('fixed64', longForm, schema.fixed64)
/** A signed 64-bit integer, a `bigint`, that protobuf writes in 8 bytes, for large values. Elsewhere like `int64`. */
export const sfixed64 = /* @__PURE__ */ withForm('sfixed64', longForm, schema.sfixed64)
/** Bytes, a `Uint8Array`; base64 in JSON. */
export const bytes = /* @__PURE__ */ withForm('bytes', bytesForm, schema.bytes)
/** A point in time, a `Date`. `timestamp('micros')` and `timestamp('nanos')` are text, and lose nothing below a millisecond. */
export const timestamp = /* @__PURE__ */ withForm(
  'timestamp',
  instantForm,
  /* @__PURE__ */ withForm('refined', refinedForm, schema.timestamp),
)
/** A length of time: milliseconds as a number, fractions allowed. */
export const duration = /* @__PURE__ */ withForm('duration', durationForm, schema.duration)
/** A day of the calendar as text, `2030-01-31`. */
export const date = /* @__PURE__ */ withForm('refined', refinedForm, dateType)
/** A time of day as text: `@Field(5, timeOfDay('millis')) opensAt?: string`. */
export const timeOfDay = /* @__PURE__ */ withForm('refined', refinedForm, timeOfDayType)
/** A date and a time of day without a time zone as text: `@Field(6, localTimestamp('micros')) departsAt?: string`. */
export const localTimestamp = /* @__PURE__ */ withForm('refined', refinedForm, localTimestampType)
/** A decimal number as text, with exactly so many digits after the point: `@Field(7, decimal(10, 2)) price = '0.00'`. */
export const decimal = /* @__PURE__ */ withForm('refined', refinedForm, decimalType)
/** Exactly so many bytes, a `Uint8Array`: `@Field(3, fixed(16)) digest = new Uint8Array(16)`. */
export const fixed = /* @__PURE__ */ withForm(
  'bytes',
  bytesForm,
  /* @__PURE__ */ withForm('refined', refinedForm, fixedType),
)
/** An object of JSON: `@Field(4, struct) labels?: JsonObject`. */
export const struct = /* @__PURE__ */ withForm('struct', jsonForm, schema.struct)
/** Any value of JSON, null included. */
export const value = /* @__PURE__ */ withForm('value', jsonForm, schema.value)
/** An array of JSON. */
export const listValue = /* @__PURE__ */ withForm('listValue', jsonForm, schema.listValue)
/** Null, and nothing else, for a case of a oneOf. */
export const nullValue = /* @__PURE__ */ withForm('nullValue', jsonForm, schema.nullValue)
/** Paths of fields by their names on the wire, such as `['note', 'card.last_digits']`. */
export const fieldMask = /* @__PURE__ */ withForm('fieldMask', maskForm, schema.fieldMask)
/** A TypeScript enum: `@Field(2, enumOf(Color)) color = Color.red`. */
export const enumOf = /* @__PURE__ */ withForm('enum', enumForm, schema.enumOf)
/** A list, an array: `@Field(3, listOf(string)) tags: string[] = []`. */
export const listOf = /* @__PURE__ */ withForm('list', listForm, schema.listOf)
/** A set, a `Set`: `@Field(4, setOf(string)) roles = new Set<string>()`. */
export const setOf = /* @__PURE__ */ withForm('set', setForm, schema.setOf)
/** A map, a `Map`: `@Field(5, mapOf(string, int64)) counts = new Map<string, bigint>()`. */
export const mapOf = /* @__PURE__ */ withForm('map', mapForm, schema.mapOf)
/** At most one of several cases: `@Field(oneOf({ email: [4, string], phone: [5, Phone] })) contact?: OneOf<...>`. */
export const oneOf = /* @__PURE__ */ withForm('oneof', oneOfForm, schema.oneOf)
