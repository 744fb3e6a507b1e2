import type { Class } from '../schema/type.js'
import { docOf, ownDoc } from './declarations.js'

/** Whose description it is. */
class Described {
  constructor(
    readonly type: Class,
    readonly key: string | undefined,
  ) {}
}

const described = new WeakMap<object, Described>()

/** One getter for all schemas. One each would cost a schema 800 bytes, because V8 keeps objects with accessors of their own as hash tables. */
const doc: PropertyDescriptor = {
  enumerable: true,
  get(this: object): string | undefined {
    const { type, key } = described.get(this) ?? {}
    if (type === undefined) return undefined
    return key === undefined ? ownDoc(type) : docOf(type, key)
  },
}

/**
 * Gives the schema of a class, or of one of its members, its `doc`. It is read on access, since a class may be described after its schema
 * was read.
 */
export function describe(schema: object, type: Class, key?: string): void {
  described.set(schema, new Described(type, key))
  Object.defineProperty(schema, 'doc', doc)
}
