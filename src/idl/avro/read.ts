import { namespaceOf, qualified } from '../../codecs/avro/parser.js'
import { isObject } from '../../codecs/values/fault.js'
import { lastName } from '../../protocols/standard-services/descriptor-names.js'
import { deprecationIn } from '../../schema/deprecation.js'
import { kept, type LeftOut } from '../left-out.js'
import type {
  EnumModel,
  FieldModel,
  InitialModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ReadModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from '../model.js'
import { Refusal } from '../refusal.js'
import { checkFieldName, checkMemberName } from '../typescript/names.js'
import type { AvroFile } from './compile.js'
import { DeclaredTypes } from './declared.js'
import { type AvroTypes, defaultOf, isZero } from './defaults.js'
import { docOf, fullName, isNull, type Json, listIn, propertiesOf } from './json.js'
import { fixedOfAvro, isText, scalarOfAvro } from './scalars.js'
import { clashIn, placeOfNull, type WithoutNull } from './unions.js'

/**
 * The model of Avro protocols and schemas. A type that several of them define is written where it is met first.
 * @param leftOut takes what classes cannot express
 * @throws Refusal for it, if nothing may be left out
 */
export function readAvro(files: readonly AvroFile[], leftOut?: LeftOut): ReadModel {
  const known: Known = { declared: new DeclaredTypes(files), defined: new Map(), messages: new Map() }
  return { files: files.map(file => new FileReader(file, known, leftOut).read()), notes: [] }
}

/** The named types of all files, by full name. Those that were met so far: both maps grow. */
interface Known {
  readonly declared: DeclaredTypes
  readonly defined: Map<string, Json>
  readonly messages: Map<string, MessageModel>
}

class FileReader implements AvroTypes {
  private readonly enums: EnumModel[] = []
  private readonly messages: MessageModel[] = []
  /** Records that stand for a case or an entry, and are no messages. */
  private readonly inner = new Set<string>()

  constructor(
    private readonly file: AvroFile,
    private readonly known: Known,
    private readonly leftOut: LeftOut | undefined,
  ) {}

  read(): SourceModel {
    const services = this.services()
    const { text, path } = this.file
    const messages = this.messages.filter(({ name }) => !this.inner.has(name))
    return { source: text.source, path, doc: undefined, enums: this.enums, messages, constants: [], services }
  }

  private services(): ServiceModel[] {
    const { json } = this.file
    if (!isObject(json) || typeof json.protocol !== 'string') {
      for (const schema of Array.isArray(json) ? json : [json]) this.declare(schema, '')
      return []
    }
    const name = qualified(json.protocol, typeof json.namespace === 'string' ? json.namespace : '')
    const space = namespaceOf(name)
    for (const type of listIn(json.types)) this.declare(type, space)
    const methods = Object.entries(isObject(json.messages) ? json.messages : {}).flatMap(([key, message]) =>
      kept(this.leftOut, `${name}/${key}`, () => this.method(key, isObject(message) ? message : {}, space)),
    )
    const properties = propertiesOf(json, 'protocol namespace doc types messages')
    return [{ name, localName: lastName(name), doc: docOf(json), ...deprecationIn(properties, true), methods }]
  }

  /** A type that stands by itself. */
  private declare(schema: unknown, space: string): void {
    const name = isObject(schema) ? fullName(schema, space) : ''
    kept(this.leftOut, name, () => this.type(schema, space, []))
  }

  private method(name: string, json: Json, space: string): MethodModel {
    // Types are defined where they are met first, and the request stands first.
    const input = this.input(name, listIn(json.request), space)
    const response = isNull(json.response) ? undefined : this.optional(json.response, space, [name])
    return {
      name,
      doc: docOf(json),
      ...deprecationIn(propertiesOf(json, 'doc request response errors one-way'), true),
      input,
      output: response?.type,
      outputStreams: false,
      outputIsOptional: response?.nullAt !== undefined,
      outputNullAt: response?.nullAt || undefined,
      idempotency: 'unknown',
      oneway: json['one-way'] === true,
      throws: listIn(json.errors)
        .filter(error => error !== 'string')
        .map(error => this.named(error, space, [name])),
    }
  }

  private input(method: string, request: readonly unknown[], space: string): MethodModel['input'] {
    const args = request.map((one, at) => this.argument(one, at, space, method))
    const [only, ...others] = args
    if (only?.name === 'request' && others.length === 0 && only.type.kind === 'named' && this.isRecord(only.type.name))
      return { message: only.type.name, streams: false }
    return { args }
  }

  private argument(json: unknown, at: number, space: string, method: string): FieldModel {
    const field = this.field(isObject(json) ? json : {}, space, method, true)
    if (field.kind === 'oneof')
      throw this.refusal([method, field.name], `argument ${field.name}`, 'it is a union; put it into a record')
    return { ...field, number: at + 1, presence: field.presence === 'required' ? 'implicit' : field.presence }
  }

  symbolsOf(name: string): readonly string[] {
    return listIn(this.known.defined.get(name)?.symbols).map(String)
  }

  messageOf(name: string): MessageModel | undefined {
    return this.known.messages.get(name)
  }

  private isRecord(name: string): boolean {
    return this.known.defined.get(name)?.type !== 'enum'
  }

  private named(json: unknown, space: string, where: readonly string[]): string {
    const type = this.type(json, space, where)
    if (type.kind === 'named') return type.name
    throw this.refusal(where, 'an error', 'it must be a declared error')
  }

  /** A type without the null beside it. */
  private optional(json: unknown, space: string, where: readonly string[]): WithoutNull {
    if (!Array.isArray(json)) return { type: this.type(json, space, where), nullAt: undefined }
    const others = json.filter(branch => branch !== 'null').map(branch => this.type(branch, space, where))
    const [only] = others
    if (only === undefined) throw this.refusal(where, 'a union without a type', 'it has no value but null')
    const nullAt = others.length < json.length ? json.indexOf('null') : undefined
    if (others.length === 1) return { type: only, nullAt }
    const clash = clashIn(others, name => this.isRecord(name))
    if (clash !== undefined) throw this.refusal(where, clash.construct, clash.why)
    return { type: { kind: 'union', branches: others, isNullable: false }, nullAt }
  }

  private type(json: unknown, space: string, where: readonly string[]): TypeModel {
    if (Array.isArray(json)) {
      const { type, nullAt } = this.optional(json, space, where)
      if (nullAt === undefined) return type
      const isNull = { isNullable: true, nullAt: nullAt || undefined }
      return type.kind === 'union' ? { ...type, ...isNull } : { kind: 'union', branches: [type], ...isNull }
    }
    const name = isObject(json) ? json.type : json
    const scalar = scalarOfAvro(name, isObject(json) ? json : {})
    if (scalar !== undefined) return scalar
    if (json === 'null') throw this.refusal(where, 'null', 'classes have no type that has no other value')
    if (typeof json === 'string') {
      const full = qualified(json, space)
      if (!this.known.declared.has(full)) throw this.refusal(where, `type ${full}`, 'it is not declared')
      const fixed = this.known.defined.get(full)
      return fixed?.type === 'fixed' ? fixedOfAvro(fixed, full) : { kind: 'named', name: full }
    }
    if (!isObject(json)) throw this.refusal(where, 'a type', `${JSON.stringify(json)} is not one`)
    switch (name) {
      case 'array':
        return this.array(json, space, where)
      case 'map':
        return { kind: 'map', key: { kind: 'scalar', name: 'string' }, value: this.type(json.values, space, where) }
      case 'record':
      case 'error':
      case 'enum':
        kept(this.leftOut, fullName(json, space), () => this.define(json, space))
        return { kind: 'named', name: fullName(json, space) }
      case 'fixed': {
        const full = fullName(json, space)
        this.known.defined.set(full, json)
        return fixedOfAvro(json, full)
      }
      default:
        return this.type(name, space, where)
    }
  }

  /** A map whose keys are no text is an array of entries, as polywire itself writes it. */
  private array({ items }: Json, space: string, where: readonly string[]): TypeModel {
    const entry = this.innerRecord(items, `${where.join('_')}_entry`, space)
    const [key, value] = listIn(entry?.fields) as [Json?, Json?]
    if (entry !== undefined && key?.name === 'key' && value?.name === 'value') {
      this.inner.add(fullName(entry, space))
      return { kind: 'map', key: this.type(key.type, space, where), value: this.type(value.type, space, where) }
    }
    return { kind: 'list', element: this.type(items, space, where) }
  }

  private define(json: Json, space: string): void {
    const name = fullName(json, space)
    if (this.known.defined.has(name)) return
    this.known.defined.set(name, json)
    const inner = namespaceOf(name)
    const localName = lastName(name)
    if (json.type === 'enum') {
      const symbols = listIn(json.symbols).map(String)
      const unknown = json.default === undefined ? null : json.default === symbols[0] ? undefined : String(json.default)
      for (const symbol of symbols) checkMemberName(symbol, () => this.file.text.place(localName, symbol))
      const members = symbols.map((symbol, number) => ({ name: symbol, number }))
      const properties = propertiesOf(json, 'type name namespace doc symbols default')
      this.enums.push({ name, localName, doc: docOf(json), members, unknown, properties })
      return
    }
    const isError = json.type === 'error'
    const fields = listIn(json.fields).map(field => this.field(isObject(field) ? field : {}, inner, localName))
    const text = isError ? fields.find(field => field.name === 'message' && isText(field)) : undefined
    const message: MessageModel = {
      name,
      localName,
      doc: docOf(json),
      properties: propertiesOf(json, 'type name namespace doc fields'),
      isError,
      ownText: text && { name: 'message', number: undefined },
      fields: fields.filter(field => field !== text),
    }
    this.messages.push(message)
    this.known.messages.set(name, message)
  }

  private field(json: Json, space: string, owner: string, isArgument = false): FieldModel | OneOfModel {
    const name = String(json.name)
    const where = [owner, name]
    checkFieldName(name, () => this.file.text.place(...where))
    if (json.type === 'null')
      throw this.refusal(where, `field ${name}`, 'it is always null, and classes have no such type')
    const doc = docOf(json)
    const cases = this.cases(json.type, space, where)
    if (cases !== undefined) return { kind: 'oneof', name, doc, cases }
    const { type, nullAt } = this.optional(json.type, space, where)
    const aliases = listIn(json.aliases).map(String)
    const properties = propertiesOf(json, 'name type doc default aliases')
    const others = isArgument ? { properties } : deprecationIn(properties, true)
    const base = { kind: 'field' as const, name, jsonName: name, number: undefined, doc, type, aliases, ...others }
    if (nullAt !== undefined && (json.default === null || json.default === undefined))
      return { ...base, presence: 'optional', ...placeOfNull(nullAt, json) }
    const given = this.default(json, type, where)
    if (nullAt !== undefined) {
      const last = type.kind === 'union' ? type.branches.length : 1
      const presence = { presence: 'optional' as const, isOptional: true as const }
      return { ...base, ...presence, initial: given, nullAt: nullAt === last ? undefined : nullAt }
    }
    if (given === undefined) return { ...base, presence: 'required' }
    return { ...base, presence: 'implicit', initial: isZero(given, type, this) ? undefined : given }
  }

  private default({ default: json }: Json, type: TypeModel, where: readonly string[]): InitialModel | undefined {
    if (json === undefined) return undefined
    const value = defaultOf(json, type, this)
    if (value !== undefined) return value
    throw this.refusal(where, `the default of ${where.at(-1)}`, 'it is not a value that its type has in a class')
  }

  /** A oneOf is a union of null and records with one field each, as polywire itself writes it. */
  private cases(json: unknown, space: string, [owner, name]: readonly string[]): OneOfModel['cases'] | undefined {
    if (!Array.isArray(json) || json[0] !== 'null' || json.length < 2) return undefined
    const records = json.slice(1).map(branch => this.innerRecord(branch, undefined, space))
    const cases = records.map(record => {
      const [field, ...others] = listIn(record?.fields) as Json[]
      const isCase =
        others.length === 0 &&
        record !== undefined &&
        lastName(String(record.name)) === `${owner}_${name}_${field?.name}`
      return isCase ? field : undefined
    })
    if (cases.includes(undefined)) return undefined
    for (const record of records) this.inner.add(fullName(record as Json, space))
    return (cases as Json[]).map(one => ({
      name: String(one.name),
      number: undefined,
      type: this.type(one.type, space, [owner ?? '', name ?? '']),
      doc: docOf(one),
      properties: propertiesOf(one, 'name type doc default aliases'),
    }))
  }

  /** A record, written out or by its name. @param name of the record without its namespace; undefined: any */
  private innerRecord(json: unknown, name: string | undefined, space: string): Json | undefined {
    const record =
      typeof json === 'string' ? this.known.defined.get(qualified(json, space)) : isObject(json) ? json : undefined
    if (record?.type !== 'record') return undefined
    return name === undefined || lastName(String(record.name)) === name ? record : undefined
  }

  private refusal(names: readonly string[], construct: string, why: string): Refusal {
    return new Refusal(this.file.text.place(...names), construct, why)
  }
}
