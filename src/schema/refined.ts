import { misuse } from '../core/rpc-error.js'
import type { JsonObject } from './json-value.js'
import type { FixedRefinement, Refinement, TimeUnit } from './refinement.js'
import type { ScalarName, ScalarType, Type } from './type.js'

type Refined<T, R extends Refinement = Refinement> = Type<T> & ScalarType & { readonly refined: R }

function refine<T, R extends Refinement>(name: ScalarName, refined: R): Refined<T, R> {
  Object.freeze(refined)
  return Object.freeze({ kind: 'scalar' as const, name, refined })
}

/** What Avro's schema of a `fixed` says besides its size. */
export interface FixedOptions {
  /** Its description. Default: none. */
  readonly doc?: string
  /** Custom properties, such as `{ aliases: ['vault.Hash'] }`. Default: none. */
  readonly properties?: JsonObject
}

/**
 * Exactly `size` bytes, a `Uint8Array`: Avro's `fixed`; `bytes` elsewhere, where another length is refused too.
 *
 * @param name name in Avro, such as `vault.Digest`; default: that of its place
 * @param options what Avro's schema says of it besides; default: nothing
 *
 * @example
 * @Field(3, fixed(16, 'vault.Digest'), { required: true }) digest = new Uint8Array(16)
 *
 * @throws RpcError `failed_precondition` (`not_a_type`) if `size` is not an integer from 1 to 1,048,576
 */
export function fixed(
  size: number,
  name?: string,
  { doc, properties }: FixedOptions = {},
): Refined<Uint8Array, FixedRefinement> {
  if (!Number.isInteger(size) || size < 1 || size > maxFixed)
    throw misuse('not_a_type', `fixed(${size}): the number of bytes must be an integer from 1 to ${maxFixed}`)
  const named = { ...(name !== undefined && { name }), ...(doc && { doc }), ...(properties && { properties }) }
  return refine('bytes', { kind: 'fixed', size, ...named })
}

const maxFixed = 1024 * 1024

/**
 * A day of the calendar as text, `2030-01-31`: Avro's `date`; `string` elsewhere.
 *
 * @example
 * @Field(4, date) birthday?: string
 */
export const date: Type<string> & ScalarType = /* @__PURE__ */ refine('string', { kind: 'date' })

/**
 * A time of day as text, `12:30:00.000250`: Avro's `time-micros` or `time-millis`; `string` elsewhere. A fraction of a second has 3, 6 or 9
 * digits, or is left out.
 *
 * @param unit the smallest part of a second; default: `micros`
 *
 * @example
 * @Field(5, timeOfDay('millis')) opensAt?: string
 */
export const timeOfDay = (unit: Exclude<TimeUnit, 'nanos'> = 'micros'): Type<string> & ScalarType =>
  refine('string', { kind: 'timeOfDay', unit })

/**
 * A date and a time of day without a time zone as text, `2030-01-31T12:30:00`: Avro's `local-timestamp-millis`, `-micros` or `-nanos`;
 * `string` elsewhere.
 *
 * @param unit the smallest part of a second; default: `micros`
 *
 * @example
 * @Field(6, localTimestamp('micros')) departsAt?: string
 */
export const localTimestamp = (unit: TimeUnit = 'micros'): Type<string> & ScalarType =>
  refine('string', { kind: 'localTimestamp', unit })

/**
 * A decimal number as text, `1234.50`, with exactly `scale` digits after the point: Avro's `decimal`; `string` elsewhere. More digits are
 * refused, never rounded.
 *
 * @param precision how many digits it has at most, from 1 to 1,000
 * @param scale how many of them follow the point; default: 0
 * @param bytes what holds it in Avro; default: `bytes`, as long as the number needs
 *
 * @example
 * @Field(7, decimal(10, 2)) price = '0.00'
 *
 * @throws RpcError `failed_precondition` (`not_a_type`) for a precision or a scale out of its range
 */
export function decimal(
  precision: number,
  scale = 0,
  bytes?: Refined<Uint8Array, FixedRefinement>,
): Type<string> & ScalarType {
  const text = `decimal(${precision}, ${scale})`
  if (!Number.isInteger(precision) || precision < 1 || precision > 1000)
    throw misuse('not_a_type', `${text}: the precision must be an integer from 1 to 1000`)
  if (!Number.isInteger(scale) || scale < 0 || scale > precision)
    throw misuse('not_a_type', `${text}: the scale must be an integer from 0 to the precision`)
  const holder = bytes?.refined
  if (holder !== undefined && 10n ** BigInt(precision) > 1n << BigInt(8 * holder.size - 1))
    throw misuse('not_a_type', `${text}: ${holder.size} bytes cannot hold ${precision} digits`)
  return refine('string', { kind: 'decimal', precision, scale, ...(holder && { fixed: holder }) })
}

/** `timestamp`, which is a type itself, and makes another one if it is called with a unit. */
export type TimestampType = Type<Date> &
  ScalarType & {
    /** A point in time with more than the milliseconds of a `Date`, as text. */
    (unit: Exclude<TimeUnit, 'millis'>): Type<string> & ScalarType
    /** The type itself. */
    (): Type<Date> & ScalarType
  }

const instant: Type<Date> & ScalarType = /* @__PURE__ */ Object.freeze({ kind: 'scalar' as const, name: 'timestamp' })

function instantIn(): Type<Date> & ScalarType
function instantIn(unit: Exclude<TimeUnit, 'millis'>): Type<string> & ScalarType
function instantIn(unit?: Exclude<TimeUnit, 'millis'>): Type<Date | string> & ScalarType {
  return unit === undefined ? instant : refine('timestamp', { kind: 'timestamp', unit })
}

/**
 * A point in time, a `Date`, with millisecond precision: `google.protobuf.Timestamp` in protobuf. `timestamp('micros')` and
 * `timestamp('nanos')` lose nothing below that: text such as `2030-01-31T12:30:00.000250Z`; Avro's `timestamp-micros` and `-nanos`,
 * `google.protobuf.Timestamp` in protobuf, `string` elsewhere.
 *
 * @example
 * @Field(1, timestamp) createdAt?: Date
 * @Field(2, timestamp('micros')) storedAt?: string
 */
export const timestamp: TimestampType = /* @__PURE__ */ Object.freeze(
  // An arrow function: `typeOf` takes one with a prototype for a class.
  Object.defineProperties((...unit: [] | [Exclude<TimeUnit, 'millis'>]) => instantIn(...(unit as [])), {
    kind: { value: 'scalar' },
    name: { value: 'timestamp' },
  }),
) as unknown as TimestampType
