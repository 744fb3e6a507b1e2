import {
  type AvroSchema,
  aliasesOf,
  type RecordField,
  type RecordSchema,
  simpleName,
  type UnionSchema,
} from '../../codecs/avro/schema.js'
import type { AvroRule } from './rules.js'

/** @param type Avro's SchemaIncompatibilityType, or a name of ours for a warning */
type Report = (type: AvroRule, at: string, why: string, level: 'break' | 'warn') => void

/**
 * Whether data of one schema can be read with another one.
 *
 * Source: Avro specification, "Schema Resolution"; the names of incompatibilities are those of Java's SchemaCompatibility.
 */
export class Reading {
  private readonly seen = new Set<string>()

  /** @param messages the names of messages; a record of another name is part of a field: a case of a oneOf or an entry of a map */
  constructor(
    private readonly messages: ReadonlySet<string>,
    private readonly report: Report,
  ) {}

  /** The fields of a record, or the parameters of a message, by name. @param owner `shop.v1.Order`, `shop.v1.Orders/GetOrder` */
  fields(reader: readonly RecordField[], writer: readonly RecordField[], owner: string, isPart = false): void {
    const written = new Map(writer.map(field => [field.name, field]))
    for (const { name, aliases, type, fallback } of reader) {
      const at = isPart ? owner : `${owner}.${name}`
      const other = [name, ...aliases].map(one => written.get(one)).find(one => one !== undefined)
      if (other !== undefined) this.value(type, other.type, at)
      else if (fallback === undefined)
        this.report('READER_FIELD_MISSING_DEFAULT_VALUE', at, `${name} is not in the data, and has no default`, 'break')
    }
  }

  value(reader: AvroSchema, writer: AvroSchema, at: string): void {
    if (writer.kind === 'union') {
      for (const branch of writer.branches) this.branch(reader, branch, at)
      return
    }
    this.branch(reader, writer, at)
  }

  private branch(reader: AvroSchema, writer: AvroSchema, at: string): void {
    if (reader.kind !== 'union') {
      this.plain(reader, writer, at)
      return
    }
    const same = reader.branches.find(one => isSame(one, writer))
    if (same !== undefined) this.plain(same, writer, at)
    else if (!reader.branches.some(one => isPromotion(one.kind, writer.kind)))
      this.report(
        'MISSING_UNION_BRANCH',
        this.placeOf(writer, at),
        `${nameOf(writer)} is not in ${unionText(reader)}`,
        'break',
      )
  }

  private plain(reader: AvroSchema, writer: AvroSchema, at: string): void {
    if (reader.kind === 'record' && writer.kind === 'record') this.record(reader, writer, at)
    else if (reader.kind === 'enum' && writer.kind === 'enum') this.symbols(reader, writer, at)
    else if (reader.kind === 'array' && writer.kind === 'array') this.value(reader.items, writer.items, at)
    else if (reader.kind === 'map' && writer.kind === 'map') this.value(reader.values, writer.values, at)
    else if (reader.kind === 'fixed' && writer.kind === 'fixed') {
      this.name(reader, writer, at)
      if (reader.size !== writer.size)
        this.report('FIXED_SIZE_MISMATCH', at, `${writer.size} bytes are not ${reader.size}`, 'break')
      this.logical(reader, writer, at)
    } else if (reader.kind !== writer.kind && !isPromotion(reader.kind, writer.kind))
      this.report('TYPE_MISMATCH', at, `it cannot read ${nameOf(writer)} as ${nameOf(reader)}`, 'break')
    else this.logical(reader, writer, at)
  }

  private logical(reader: AvroSchema, writer: AvroSchema, at: string): void {
    if (logicalType(reader) !== logicalType(writer))
      this.report('LOGICAL_TYPE_CHANGED', at, `${logicalText(writer)} is read as ${logicalText(reader)}`, 'warn')
  }

  private record(reader: RecordSchema, writer: RecordSchema, at: string): void {
    const key = `${reader.name} ${writer.name}`
    const isPart = !this.messages.has(reader.name)
    if (!isPart) this.name(reader, writer, at)
    if (!isPart && this.seen.has(key)) return
    this.seen.add(key)
    this.fields(reader.fields, writer.fields, isPart ? at : reader.name, isPart)
  }

  private symbols(reader: AvroSchema & { kind: 'enum' }, writer: AvroSchema & { kind: 'enum' }, at: string): void {
    this.name(reader, writer, at)
    for (const symbol of writer.symbols) {
      if (reader.symbols.includes(symbol)) continue
      const place = `${reader.name}.${symbol}`
      if (reader.fallback === undefined)
        this.report('MISSING_ENUM_SYMBOLS', place, `it does not know ${symbol}, and has no default`, 'break')
      else this.report('ENUM_SYMBOL_UNKNOWN', place, `${symbol} is read as ${reader.fallback}`, 'warn')
    }
  }

  private name(reader: NamedSchema, writer: NamedSchema, at: string): void {
    if (!isNamedAs(reader, writer)) this.report('NAME_MISMATCH', at, `${writer.name} is not ${reader.name}`, 'break')
  }

  /** A case of a oneOf is a record, whose field has the name of the case. */
  private placeOf(branch: AvroSchema, at: string): string {
    const owner = at.slice(0, at.lastIndexOf('.'))
    if (branch.kind !== 'record' || this.messages.has(branch.name)) return at
    return `${owner}.${branch.fields[0]?.name}`
  }
}

type NamedSchema = Extract<AvroSchema, { readonly name: string }>

function isSame(reader: AvroSchema, writer: AvroSchema): boolean {
  if (reader.kind !== writer.kind) return false
  return 'name' in reader && 'name' in writer ? isNamedAs(reader, writer) : true
}

function isNamedAs(reader: NamedSchema, writer: NamedSchema): boolean {
  return [reader.name, ...aliasesOf(reader)].some(name => simpleName(name) === simpleName(writer.name))
}

const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

function isPromotion(reader: string, writer: string): boolean {
  return promotions[writer]?.includes(reader) === true
}

/** With the digits of a decimal: another scale is another value. */
function logicalType(schema: AvroSchema): string | undefined {
  if (!('logicalType' in schema)) return undefined
  const { logicalType: name, precision, scale } = schema
  return name === 'decimal' ? `decimal(${precision}, ${scale})` : name
}

function logicalText(schema: AvroSchema): string {
  return logicalType(schema) ?? nameOf(schema)
}

function nameOf(schema: AvroSchema): string {
  if ('name' in schema) return schema.name
  return /^[aeiou]/.test(schema.kind) ? `an ${schema.kind}` : `a ${schema.kind}`
}

function unionText({ branches }: UnionSchema): string {
  return `[${branches.map(nameOf).join(', ')}]`
}
