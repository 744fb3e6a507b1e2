import type { FieldSchema } from '../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class, OptionalType, ValueType } from '../schema/type.js'
import type { DeclaredType } from './contract-checks.js'
import type {
  ArgumentDeclaration,
  FieldDeclaration,
  MethodShape,
  ServiceDeclaration,
  ServiceOptions,
} from './declaration.js'
import { docOf } from './declarations.js'

// What a page has no use for: it speaks neither Thrift nor Avro, and exports nothing.

/** Each option as the nearest class states it. An implementation has those of its contract; another service that extends one does not. */
export function serviceOptionsOf(
  lineage: readonly [Class, ServiceDeclaration][],
): Pick<ServiceSchema, 'deprecated' | 'properties'> {
  const own = lineage.slice(
    Math.max(
      0,
      lineage.findLastIndex(([, { name }]) => name !== undefined),
    ),
  )
  const nearest = <K extends keyof ServiceOptions>(name: K): ServiceOptions[K] | undefined =>
    own.findLast(([, { options }]) => options?.[name] !== undefined)?.[1].options?.[name]
  return { deprecated: nearest('deprecated'), properties: nearest('properties') }
}

/** @param key of the method */
export function methodOptionsOf(
  type: Class,
  key: string,
  { deprecated, properties }: MethodShape,
): Pick<MethodSchema, 'doc' | 'deprecated' | 'properties'> {
  return { doc: docOf(type, key), deprecated, properties }
}

export function fieldOptionsOf(
  type: DeclaredType,
  { deprecated, properties }: FieldDeclaration['options'],
): Pick<FieldSchema, 'deprecated' | 'properties' | 'isOptional' | 'nullAt' | 'noDefault'> {
  return {
    ...(deprecated && { deprecated }),
    ...(type.kind === 'optional' && { isOptional: true, nullAt: type.nullAt, noDefault: type.noDefault }),
    ...(properties && { properties }),
  }
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
export function nullOf(type: ValueType | OptionalType): Pick<FieldSchema, 'isOptional' | 'nullAt' | 'noDefault'> {
  return type.kind === 'optional' ? { isOptional: type.mayBeNull, nullAt: type.nullAt, noDefault: type.noDefault } : {}
}
