import { Any } from '../codecs/protobuf/any.js'
import { Empty } from '../decorators/empty.js'
import type { Class } from '../schema/type.js'

/** Messages that polywire has classes of, by their full names. They are not written. */
export const ownClasses: ReadonlyMap<string, Class> = new Map<string, Class>([
  ['google.protobuf.Any', Any],
  ['google.protobuf.Empty', Empty],
])
