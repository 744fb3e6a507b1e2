import { misuse } from '../../core/rpc-error.js'
import { withDeprecation } from '../../schema/deprecation.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { differenceOf, enumDifferenceOf } from '../../schema/shape.js'
import type { EnumType, MapType, OneOfType, ScalarType, UnionType, ValueType } from '../../schema/type.js'
import { branchName } from '../../schema/union.js'
import { type ScalarForms, scalarOf } from '../values/scalar-forms.js'
import { defaultJson, hasTextKeys, nullIn } from './presence.js'
import { refinedSchema } from './refined.js'
import {
  type AvroSchema,
  type EnumSchema,
  type FixedSchema,
  type PrimitiveSchema,
  primitiveNames,
  type RecordField,
  type RecordSchema,
  type UnionSchema,
  unknownOf,
} from './schema.js'

const nullSchema: PrimitiveSchema = Object.freeze({ kind: 'null' })
const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/

interface Named {
  readonly schema: RecordSchema | EnumSchema | FixedSchema
  /** The type that it describes. One name for two types is an error. */
  readonly source: unknown
}

/**
 * Avro schemas of our types: records by message name, fields by wire name. A type without a name (the entries of a map, the cases of a
 * oneOf, an unnamed enum) is named after its place: `hello.Order_items_entry`. docs/guide/avro.md has the table.
 *
 * One instance describes one Avro protocol, in which each name means one type.
 */
export class AvroShapes {
  private readonly named = new Map<string, Named>()

  /** @param isDocumented whether schemas have descriptions. Those of handshakes have none, so that a new description changes no hash */
  constructor(private readonly isDocumented = false) {}

  /** @throws RpcError `failed_precondition` (`invalid_avro_name`, `duplicate_avro_name`) */
  message(schema: MessageSchema): RecordSchema {
    return this.record(schema.name, schema, record => {
      for (const field of schema.fields) record.fields.push(this.field(field, schema.name))
    })
  }

  /** The fields of a message without a record around them: a method's parameters. */
  fields(schema: MessageSchema): RecordField[] {
    return schema.fields.map(field => this.field(field, schema.name))
  }

  /** @param place types without a name are named after it */
  type(type: ValueType, place: string): AvroSchema {
    switch (type.kind) {
      case 'scalar':
        return scalarSchema(type, (schema, name) => this.fixed(schema, name ?? place))
      case 'enum':
        return this.enum(type, type.name ?? place)
      case 'message':
        return this.message(type.message)
      case 'list':
      case 'set':
        return { kind: 'array', items: this.type(type.element, place) }
      case 'map':
        return this.map(type, place)
      case 'union':
        return this.union(type, place)
      case 'oneof':
        return { kind: 'union', branches: [nullSchema, ...this.cases(type, place)] }
    }
  }

  private field(field: FieldSchema, owner: string): RecordField {
    checkName(field.name, `${owner}.${field.key}`)
    for (const alias of field.aliases) checkName(alias, `${owner}.${field.key}`)
    const { name, aliases } = field
    const plain = this.type(field.type, `${owner}_${name}`)
    const isOneOf = field.type.kind === 'oneof'
    const nullAt = isOneOf ? undefined : nullIn(field)
    const type = nullAt === undefined ? plain : withNull(plain.kind === 'union' ? plain.branches : [plain], nullAt)
    // Avro: the default is a value of the first branch.
    const fallback = isOneOf ? null : nullAt === 0 ? nullDefault(field) : defaultJson(field)
    return this.isDocumented
      ? { name, aliases, type, fallback, properties: withDeprecation(field, true), doc: field.doc }
      : { name, aliases, type, fallback, properties: field.properties, doc: undefined }
  }

  private union({ branches, isNullable, nullAt = 0 }: UnionType, place: string): AvroSchema {
    const schemas = branches.map(branch => this.type(branch, `${place}_${branch.kind}`))
    for (const [at, schema] of schemas.entries()) {
      const other = 'name' in schema ? -1 : schemas.findIndex(({ kind }) => kind === schema.kind)
      if (other >= 0 && other < at)
        throw misuse(
          'not_in_avro',
          `${place}: ${branchName(branches[other] as ValueType)} and ${branchName(branches[at] as ValueType)} are both ${schema.kind} ` +
            `in Avro, whose unions cannot tell them apart; write oneOf({ ... })`,
        )
    }
    return isNullable ? withNull(schemas, Math.min(nullAt, schemas.length)) : { kind: 'union', branches: schemas }
  }

  private map(type: MapType, place: string): AvroSchema {
    if (hasTextKeys(type)) return { kind: 'map', values: this.type(type.value, place) }
    const entry = this.record(`${place}_entry`, type, record => {
      record.fields.push(
        { name: 'key', aliases: [], type: this.type(type.key, `${place}_key`), fallback: undefined },
        { name: 'value', aliases: [], type: this.type(type.value, `${place}_value`), fallback: undefined },
      )
    })
    return { kind: 'array', items: entry }
  }

  private cases({ cases }: OneOfType, place: string): RecordSchema[] {
    return cases.map(one =>
      this.record(`${place}_${one.name}`, one, record => {
        checkName(one.name, place)
        const type = this.type(one.type, `${place}_${one.name}_value`)
        const { name, properties } = one
        const doc = this.isDocumented ? one.doc : undefined
        record.fields.push({ name, aliases: [], type, fallback: undefined, properties, doc })
      }),
    )
  }

  private record(name: string, source: unknown, fill: (record: RecordSchema) => void): RecordSchema {
    const known = this.known(name, source)
    if (known !== undefined) return known as RecordSchema
    // What stands for a case or an entry says nothing of itself.
    const { isError = false, properties, doc }: Partial<MessageSchema> = isMessage(source) ? source : {}
    const described = this.isDocumented ? doc : undefined
    const schema: RecordSchema = { kind: 'record', name, isError, fields: [], properties, doc: described }
    this.named.set(name, { schema, source })
    fill(schema)
    return schema
  }

  private enum(type: EnumType, name: string): EnumSchema {
    const known = this.known(name, type)
    if (known !== undefined) return known as EnumSchema
    for (const value of type.values) checkName(value.name, `enum ${name}`)
    const symbols = type.values.map(value => value.name)
    const fallback = unknownOf(type)?.name
    const doc = this.isDocumented ? type.docs.own : undefined
    const schema: EnumSchema = { kind: 'enum', name, symbols, fallback, properties: type.properties, doc }
    this.named.set(name, { schema, source: type })
    return schema
  }

  private fixed(schema: Omit<FixedSchema, 'kind' | 'name'>, name: string): FixedSchema {
    const { doc, properties, ...form } = schema
    const made: FixedSchema = { kind: 'fixed', name, ...form, properties, doc: this.isDocumented ? doc : undefined }
    const source = `fixed ${JSON.stringify(form)}`
    const known = this.known(name, source)
    if (known !== undefined) return known as FixedSchema
    this.named.set(name, { schema: made, source })
    return made
  }

  private known(name: string, source: unknown): Named['schema'] | undefined {
    const known = this.named.get(name)
    if (known === undefined) {
      checkTypeName(name)
      return undefined
    }
    if (known.source === source || isSame(known.source, source)) return known.schema
    throw misuse('duplicate_avro_name', `two types are named ${name}, which Avro cannot tell apart; rename one of them`)
  }
}

function nullDefault({ noDefault }: FieldSchema): null | undefined {
  return noDefault ? undefined : null
}

function withNull(branches: readonly AvroSchema[], at: number): UnionSchema {
  return { kind: 'union', branches: branches.toSpliced(at, 0, nullSchema) }
}

/** Whether two classes, or two enums, have the same shape and so are one type. */
function isSame(one: unknown, other: unknown): boolean {
  if (isMessage(one) && isMessage(other)) return differenceOf(one, other) === undefined
  return isEnum(one) && isEnum(other) && enumDifferenceOf(one, other) === undefined
}

function isMessage(source: unknown): source is MessageSchema {
  return typeof source === 'object' && source !== null && 'fields' in source
}

function isEnum(source: unknown): source is EnumType {
  return typeof source === 'object' && source !== null && 'byNumber' in source
}

export function checkName(name: string, where: string): void {
  if (nameForm.test(name)) return
  throw misuse(
    'invalid_avro_name',
    `${where}: ${JSON.stringify(name)} is no Avro name; write letters, digits and _ (give it a { name: ... })`,
  )
}

/** Source: Avro's specification, "Names": a primitive type has no namespace, and its name cannot be given to another type. */
function checkTypeName(name: string): void {
  for (const part of name.split('.')) checkName(part, name)
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (primitiveNames.has(last))
    throw misuse('invalid_avro_name', `${name}: ${last} is a primitive type of Avro; give the type another name`)
}

/** @param fixed names a `fixed` */
export function scalarSchema({ name, refined }: ScalarType, fixed: Parameters<typeof refinedSchema>[1]): AvroSchema {
  return refined === undefined ? scalarOf(name, scalarSchemas) : refinedSchema(refined, fixed)
}

const unsigned: PrimitiveSchema = { kind: 'bytes', logicalType: 'decimal', precision: 20, scale: 0, isUnsigned: true }

/** A scalar without an Avro type travels as the next larger one: `uint32` as a long, `uint64` as a decimal, `duration` as a double. */
const scalarSchemas: ScalarForms<PrimitiveSchema> = {
  floating: name => ({ kind: name as 'double' | 'float' }),
  integer: (_name, _min, max) => ({ kind: max < 2 ** 31 ? 'int' : 'long' }),
  long: (_name, min) => (min < 0n ? { kind: 'long' } : unsigned),
  text: name => (name === 'uuid' ? { kind: 'string', logicalType: 'uuid' } : { kind: 'string' }),
  bool: { kind: 'boolean' },
  bytes: { kind: 'bytes' },
  timestamp: { kind: 'long', logicalType: 'timestamp-millis' },
  duration: { kind: 'double' },
  wellKnown: () => ({ kind: 'string' }),
}
