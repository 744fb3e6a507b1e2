import type { JsonObject } from '../../schema/json-value.js'
import type { EnumType, EnumValue } from '../../schema/type.js'

/** Primitive types of Avro, by the names they have in schemas. */
export type PrimitiveName = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

/** Of `PrimitiveName`. */
export const primitiveNames: ReadonlySet<string> = /* @__PURE__ */ new Set<PrimitiveName>([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
])

export interface PrimitiveSchema {
  readonly kind: PrimitiveName
  /** `timestamp-millis`, `uuid`, `decimal` ... */
  readonly logicalType?: string | undefined
  /** For a decimal. */
  readonly precision?: number | undefined
  /** For a decimal. */
  readonly scale?: number | undefined
  /** Whether a decimal is our `uint64`, for those who import the schema. */
  readonly isUnsigned?: true | undefined
}

export interface FixedSchema {
  readonly kind: 'fixed'
  readonly name: string
  readonly size: number
  readonly logicalType?: string | undefined
  readonly precision?: number | undefined
  readonly scale?: number | undefined
  readonly properties?: JsonObject | undefined
  readonly doc?: string | undefined
}

export interface EnumSchema {
  readonly kind: 'enum'
  readonly name: string
  readonly symbols: readonly string[]
  /** The symbol that a reader takes for an unknown one. */
  readonly fallback: string | undefined
  readonly properties?: JsonObject | undefined
  readonly doc?: string | undefined
}

export interface RecordField {
  readonly name: string
  readonly type: AvroSchema
  readonly aliases: readonly string[]
  /** The default as JSON; undefined if there is none. */
  readonly fallback: unknown
  readonly properties?: JsonObject | undefined
  readonly doc?: string | undefined
}

export interface RecordSchema {
  readonly kind: 'record'
  readonly name: string
  /** Whether it is declared as `error`: an Avro message can throw it. */
  readonly isError: boolean
  /** Filled after the record is created, since records may be recursive. */
  readonly fields: RecordField[]
  /** What no codec reads. */
  readonly properties?: JsonObject | undefined
  readonly doc?: string | undefined
}

export interface ArraySchema {
  readonly kind: 'array'
  readonly items: AvroSchema
}

export interface MapSchema {
  readonly kind: 'map'
  readonly values: AvroSchema
}

export interface UnionSchema {
  readonly kind: 'union'
  readonly branches: readonly AvroSchema[]
}

/** A schema (Avro specification, "Schema Declaration") with its names resolved: a graph, since records may refer to themselves. */
export type AvroSchema =
  | PrimitiveSchema
  | FixedSchema
  | EnumSchema
  | RecordSchema
  | ArraySchema
  | MapSchema
  | UnionSchema

/** The schema, or its branch, of a kind; undefined if it has none. */
export function branchOf<K extends 'record' | 'array' | 'map'>(
  schema: AvroSchema | undefined,
  kind: K,
): Extract<AvroSchema, { kind: K }> | undefined {
  const branches = schema?.kind === 'union' ? schema.branches : schema === undefined ? [] : [schema]
  return branches.find((one): one is Extract<AvroSchema, { kind: K }> => one.kind === kind)
}

/** The member that stands for an unknown one; undefined if none does. */
export function unknownOf({ unknown, byNumber, values }: EnumType): EnumValue | undefined {
  return unknown === undefined ? (byNumber.get(0) ?? values[0]) : (unknown ?? undefined)
}

/** The name without its namespace. Schema resolution compares these. */
/** The names that a type once had. A reader finds it by them too. Source: Avro specification, "Aliases". */
export function aliasesOf({ properties }: { readonly properties?: JsonObject | undefined }): readonly string[] {
  const { aliases } = properties ?? {}
  return Array.isArray(aliases) ? aliases.filter(one => typeof one === 'string') : []
}

export function simpleName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/**
 * The JSON of a schema. A named type is written out when it is first met, and by its name after that.
 * @param defined names already written out; grows
 */
export function schemaToJson(schema: AvroSchema, defined: Set<string>): unknown {
  switch (schema.kind) {
    case 'array':
      return { type: 'array', items: schemaToJson(schema.items, defined) }
    case 'map':
      return { type: 'map', values: schemaToJson(schema.values, defined) }
    case 'union':
      return schema.branches.map(branch => schemaToJson(branch, defined))
    case 'record':
    case 'enum':
    case 'fixed':
      if (defined.has(schema.name)) return schema.name
      defined.add(schema.name)
      return named(schema, defined)
    default:
      return schema.logicalType === undefined ? schema.kind : { type: schema.kind, ...logicalJson(schema) }
  }
}

function logicalJson({ logicalType, precision, scale, ...rest }: PrimitiveSchema | FixedSchema): object {
  if (logicalType !== 'decimal') return logicalType === undefined ? {} : { logicalType }
  return { logicalType, precision, scale, ...('isUnsigned' in rest && { unsigned: true }) }
}

function named(schema: RecordSchema | EnumSchema | FixedSchema, defined: Set<string>): unknown {
  const { name } = schema
  if (schema.kind === 'fixed')
    return withProperties(
      { type: 'fixed', name, ...docJson(schema), size: schema.size, ...logicalJson(schema) },
      schema,
    )
  if (schema.kind === 'enum') {
    const fallback = schema.fallback === undefined ? {} : { default: schema.fallback }
    return withProperties({ type: 'enum', name, ...docJson(schema), symbols: schema.symbols, ...fallback }, schema)
  }
  const type = schema.isError ? 'error' : 'record'
  return withProperties({ type, name, ...docJson(schema), fields: fieldsToJson(schema.fields, defined) }, schema)
}

export function docJson({ doc }: { readonly doc?: string | undefined }): { readonly doc?: string } {
  return doc === undefined ? {} : { doc }
}

/** Properties can add to what Avro reads, and not change it. */
export function withProperties(json: object, { properties }: { readonly properties?: JsonObject | undefined }): object {
  return properties === undefined ? json : { ...json, ...properties, ...json }
}

/** The fields of a record, or the parameters of an Avro message, which have the same form. */
export function fieldsToJson(fields: readonly RecordField[], defined: Set<string>): unknown[] {
  return fields.map(field => {
    const { name, type, aliases, fallback } = field
    const json = {
      name,
      ...docJson(field),
      type: schemaToJson(type, defined),
      ...(fallback === undefined ? {} : { default: fallback }),
      ...(aliases.length === 0 ? {} : { aliases }),
    }
    return withProperties(json, field)
  })
}
