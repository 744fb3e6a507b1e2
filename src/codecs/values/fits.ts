// Whether a value fits a scalar type.

export const isNumber = (value: unknown): value is number => typeof value === 'number'

export const isFloat = (value: unknown): value is number =>
  typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value))

export const isInt8 = (value: unknown): value is number => isInt32(value) && value >= -128 && value <= 127

export const isInt16 = (value: unknown): value is number => isInt32(value) && value >= -32_768 && value <= 32_767

export const isInt32 = (value: unknown): value is number => typeof value === 'number' && (value | 0) === value

export const isUint32 = (value: unknown): value is number => typeof value === 'number' && value >>> 0 === value

export const isInt64 = (value: unknown): value is bigint =>
  typeof value === 'bigint' && BigInt.asIntN(64, value) === value

export const isUint64 = (value: unknown): value is bigint =>
  typeof value === 'bigint' && BigInt.asUintN(64, value) === value
