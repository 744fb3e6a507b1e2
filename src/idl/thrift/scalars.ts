import { type ScalarForms, scalarOf } from '../../codecs/values/scalar-forms.js'
import type { ScalarName } from '../../schema/type.js'

/** `i32` of `uint8`, as `codecs/thrift/scalars.ts` writes it. */
export function thriftScalar(name: ScalarName): string {
  return scalarOf(name, scalarNames)
}

const scalarNames: ScalarForms<string> = {
  floating: () => 'double',
  integer: (_name, _min, max) => (max < 128 ? 'i8' : max < 32_768 ? 'i16' : max < 2 ** 31 ? 'i32' : 'i64'),
  long: () => 'i64',
  text: name => (name === 'uuid' ? 'uuid' : 'string'),
  bool: 'bool',
  bytes: 'binary',
  timestamp: 'i64',
  duration: 'i64',
  wellKnown: () => 'string',
}
