import type { JsonObject } from '../schema/json-value.js'
import type { FieldSchema } from '../schema/message.js'
import type { Class, OptionalType, ValueType } from '../schema/type.js'
import type { ArgumentDeclaration, ServiceDeclaration } from './declaration.js'
import { docOf } from './declarations.js'

// What a page has no use for: it speaks neither Thrift nor Avro, and exports nothing.

/** The properties of the nearest class that has some. */
export function propertiesOf(lineage: readonly [Class, ServiceDeclaration][]): JsonObject | undefined {
  return lineage.findLast(([, declaration]) => declaration.options?.properties !== undefined)?.[1].options?.properties
}

/** @param method the key of its method */
export function withOptions(
  field: FieldSchema,
  owner: Class,
  method: string,
  { name, options = {} }: ArgumentDeclaration,
): FieldSchema {
  const { aliases = field.aliases, properties } = options
  const doc = options.doc ?? docOf(owner, `${method}.${name}`)
  return Object.freeze({ ...field, aliases, ...(properties && { properties }), ...(doc && { doc }) })
}

/** The null beside an argument or a reply. */
export function nullOf(type: ValueType | OptionalType): Pick<FieldSchema, 'isOptional' | 'nullAt'> {
  return type.kind === 'optional' ? { isOptional: type.mayBeNull, nullAt: type.nullAt } : {}
}
