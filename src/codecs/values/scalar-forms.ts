import type { ScalarName, WellKnownName } from '../../schema/type.js'

/** What a codec makes of each kind of scalar. Scalars of one kind differ in their names and ranges. */
export interface ScalarForms<T> {
  /** @param max the largest finite value */
  floating(name: ScalarName, max: number): T
  /** At most 32 bits: a number. */
  integer(name: ScalarName, min: number, max: number): T
  /** 64 bits: a bigint. */
  long(name: ScalarName, min: bigint, max: bigint): T
  text(name: ScalarName): T
  readonly bool: T
  readonly bytes: T
  readonly timestamp: T
  readonly duration: T
  /** A value of JSON, or a field mask. */
  wellKnown(name: WellKnownName): T
}

export const maxFloat = 3.4028234663852886e38

export function scalarOf<T>(name: ScalarName, forms: ScalarForms<T>): T {
  switch (name) {
    case 'double':
      return forms.floating(name, Number.MAX_VALUE)
    case 'float':
      return forms.floating(name, maxFloat)
    case 'int8':
      return forms.integer(name, -128, 127)
    case 'int16':
      return forms.integer(name, -32_768, 32_767)
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return forms.integer(name, -(2 ** 31), 2 ** 31 - 1)
    case 'uint32':
    case 'fixed32':
      return forms.integer(name, 0, 2 ** 32 - 1)
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return forms.long(name, -(2n ** 63n), 2n ** 63n - 1n)
    case 'uint64':
    case 'fixed64':
      return forms.long(name, 0n, 2n ** 64n - 1n)
    case 'string':
    case 'uuid':
      return forms.text(name)
    case 'bool':
    case 'bytes':
    case 'timestamp':
    case 'duration':
      return forms[name]
    case 'struct':
    case 'value':
    case 'listValue':
    case 'nullValue':
    case 'fieldMask':
      return forms.wellKnown(name)
  }
}
