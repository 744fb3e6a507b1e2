import { Fault, isObject } from '../values/fault.js'
import {
  type AvroSchema,
  type EnumSchema,
  type FixedSchema,
  type PrimitiveName,
  primitiveNames,
  type RecordField,
  type RecordSchema,
} from './schema.js'

const maxNesting = 64
const maxFixed = 1024 * 1024
/** Characters of a name with its namespace. Every name within a namespace contains it. */
const maxName = 1024

type Json = Readonly<Record<string, unknown>>

/**
 * Parses the schemas of a peer's protocol and resolves their names. Every method throws a Fault for an invalid schema.
 * Source: Avro specification, "Schema Declaration" and "Names".
 */
export class AvroParser {
  private readonly named = new Map<string, AvroSchema>()

  /** @param namespace for names without one */
  schema(json: unknown, namespace: string, nesting = 0): AvroSchema {
    if (nesting > maxNesting) throw new Fault(`schemas nested deeper than ${maxNesting}`)
    if (typeof json === 'string') return this.reference(json, namespace)
    if (Array.isArray(json)) {
      return this.union(json, namespace, nesting)
    }
    if (!isObject(json)) throw new Fault('a schema is a name, an object or an array')
    const { type } = json
    switch (type) {
      case 'record':
      case 'error':
        return this.record(json, namespace, nesting)
      case 'enum':
        return this.enum(json, namespace)
      case 'fixed':
        return this.fixed(json, namespace)
      case 'array':
        return { kind: 'array', items: this.schema(json.items, namespace, nesting + 1) }
      case 'map':
        return { kind: 'map', values: this.schema(json.values, namespace, nesting + 1) }
      default:
        return this.annotated(json, namespace, nesting)
    }
  }

  /** The fields of a record, or the parameters of an Avro message. */
  fields(json: unknown, namespace: string, nesting: number): RecordField[] {
    if (!Array.isArray(json)) throw new Fault('fields are an array')
    return json.map((field: unknown) => {
      if (!isObject(field) || typeof field.name !== 'string') throw new Fault('a field is an object with a name')
      const type = this.schema(field.type, namespace, nesting + 1)
      return { name: field.name, type, aliases: [], fallback: undefined }
    })
  }

  /**
   * Each unnamed kind and each name may occur once, as the specification demands: every branch is compiled, and a short text could name a
   * large record many times.
   */
  private union(json: readonly unknown[], namespace: string, nesting: number): AvroSchema {
    const branches = json.map(one => this.schema(one, namespace, nesting + 1))
    const distinct = new Set<string>()
    for (const branch of branches) {
      if (branch.kind === 'union') throw new Fault('a union within a union')
      const what = 'name' in branch ? `${branch.kind} ${branch.name}` : branch.kind
      if (distinct.size === distinct.add(what).size) throw new Fault(`a union with two of ${what.slice(0, 100)}`)
    }
    return { kind: 'union', branches }
  }

  private annotated(json: Json, namespace: string, nesting: number): AvroSchema {
    const { type, logicalType } = json
    if (typeof type !== 'string' || !primitiveNames.has(type)) return this.schema(type, namespace, nesting + 1)
    const kind = type as PrimitiveName
    return typeof logicalType === 'string' ? { kind, logicalType, ...digitsOf(json) } : { kind }
  }

  private reference(name: string, namespace: string): AvroSchema {
    if (primitiveNames.has(name)) return { kind: name as PrimitiveName }
    const found = this.named.get(qualified(name, namespace)) ?? this.named.get(name)
    if (found === undefined) throw new Fault(`a type that is not declared: ${name.slice(0, 100)}`)
    return found
  }

  private record(json: Json, namespace: string, nesting: number): RecordSchema {
    const name = nameOf(json, namespace)
    const schema: RecordSchema = { kind: 'record', name, isError: json.type === 'error', fields: [] }
    this.named.set(name, schema)
    for (const field of this.fields(json.fields, namespaceOf(name), nesting)) schema.fields.push(field)
    return schema
  }

  private enum(json: Json, namespace: string): EnumSchema {
    const name = nameOf(json, namespace)
    const { symbols } = json
    if (!Array.isArray(symbols) || !symbols.every(symbol => typeof symbol === 'string'))
      throw new Fault('the symbols of an enum are an array of strings')
    const schema: EnumSchema = { kind: 'enum', name, symbols: symbols as string[], fallback: undefined }
    this.named.set(name, schema)
    return schema
  }

  private fixed(json: Json, namespace: string): FixedSchema {
    const name = nameOf(json, namespace)
    const size = numberOr(json.size, -1)
    if (!Number.isInteger(size) || size < 0 || size > maxFixed)
      throw new Fault(`a fixed has a size of 0 to ${maxFixed}`)
    const logicalType = typeof json.logicalType === 'string' ? json.logicalType : undefined
    const schema: FixedSchema = { kind: 'fixed', name, size, logicalType, ...digitsOf(json) }
    this.named.set(name, schema)
    return schema
  }
}

function nameOf(json: Json, namespace: string): string {
  const { name } = json
  if (typeof name !== 'string' || name === '') throw new Fault('a record, an enum and a fixed have a name')
  return qualified(name, typeof json.namespace === 'string' ? json.namespace : namespace)
}

/** @throws Fault if it is too long */
export function qualified(name: string, namespace: string): string {
  if (name.length + namespace.length > maxName) throw new Fault(`a name of more than ${maxName} characters`)
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

/** `hello` for `hello.Hello`; empty if the name has no namespace. */
export function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}

/** Of a decimal. */
function digitsOf({ precision, scale }: Json): Pick<FixedSchema, 'precision' | 'scale'> {
  return { precision: numberOr(precision, 0), scale: numberOr(scale, 0) }
}

function numberOr(json: unknown, otherwise: number): number {
  return typeof json === 'number' ? json : otherwise
}
