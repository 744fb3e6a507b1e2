import type { ScalarName } from '../../schema/type.js'

const primitives: Readonly<Record<string, ScalarName>> = {
  boolean: 'bool',
  int: 'int32',
  long: 'int64',
  float: 'float',
  double: 'double',
  bytes: 'bytes',
  string: 'string',
}

/** Logical types that change what a value means, so that none may be ignored. */
const logical = new Set(
  (
    'decimal date time-millis time-micros timestamp-millis timestamp-micros timestamp-nanos ' +
    'local-timestamp-millis local-timestamp-micros local-timestamp-nanos'
  ).split(' '),
)

/** The scalar of a primitive type, a logical type that has none, or undefined for any other type. */
export function scalarOfAvro(
  name: unknown,
  { logicalType, scale, precision }: Readonly<Record<string, unknown>>,
): ScalarName | { readonly refused: string } | undefined {
  const scalar = typeof name === 'string' ? primitives[name] : undefined
  if (scalar === undefined || typeof logicalType !== 'string') return scalar
  if (scalar === 'int64' && logicalType === 'timestamp-millis') return 'timestamp'
  if (scalar === 'string' && logicalType === 'uuid') return 'uuid'
  // As polywire itself writes a uint64.
  if (scalar === 'bytes' && logicalType === 'decimal' && precision === 20 && (scale ?? 0) === 0) return 'uint64'
  return logical.has(logicalType) ? { refused: logicalType } : scalar
}
