import { messageRefusedBy } from '../../codecs/method-serializers.js'
import { thriftBinary } from '../../codecs/thrift/codec.js'
import { carrierOf } from '../../codecs/values/refined.js'
import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import { refusalOf } from '../../protocols/thrift/unsupported.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { refinementText } from '../../schema/refinement.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import type { EnumType, OneOfCase, ValueType } from '../../schema/type.js'
import { type Alias, aliasOf, type Constant } from '../../schema/typedef.js'
import { aliasesIn } from '../aliases.js'
import { Homes, type Named, namedTypes } from '../declared.js'
import type { Contract, ExportFormat, WrittenFile } from '../format.js'
import { byDepth, nearestBase } from '../lineage.js'
import { docComment, indented } from '../lines.js'
import { Refusal } from '../refusal.js'
import { Includes } from './includes.js'
import { isThriftName, nameAnnotation, thriftFieldName } from './reserved.js'
import { thriftScalar } from './scalars.js'
import { annotationsText, initialText, valueText } from './values.js'

/** Thrift's IDL, one file a package: what the Thrift protocol of these classes looks like to a peer in another language. */
export const thrift: ExportFormat = {
  title: 'Thrift',
  refuses: refusalOf,
  refusesMessage: message => messageRefusedBy(thriftBinary, message),
  write(contract) {
    const types = namedTypes(contract)
    const homes = new Homes(types, contract)
    const declared = { types, aliases: aliasesIn(contract, types) }
    const packs = new Set([
      ...types.map(type => homes.packageOf(type.name as string)),
      ...[...contract.services, ...declared.aliases].map(({ name }) => packageOf(name)),
      ...(contract.constants ?? []).map(one => one.package),
    ])
    const includes = new Includes()
    // The first pass finds what the files include without `extends`.
    for (const pack of packs) new FileWriter(pack, homes, { includes, extendsBases: false }).write(contract, declared)
    return [...packs].map(pack =>
      new FileWriter(pack, homes, { includes, extendsBases: true }).write(contract, declared),
    )
  },
}

/** `shop_v1` of `shop.v1`: the name of a package's file, by which other files refer to it. */
function fileOf(pack: string): string {
  return pack === '' ? 'default' : pack.replaceAll('.', '_')
}

interface Declared {
  readonly types: readonly Named[]
  readonly aliases: readonly Alias[]
}

interface Inheritance {
  /** Those of all files. */
  readonly includes: Includes
  /** Whether a service may extend another one. */
  readonly extendsBases: boolean
}

class FileWriter {
  private readonly includes = new Set<string>()

  constructor(
    private readonly pack: string,
    private readonly homes: Homes,
    private readonly inheritance: Inheritance,
  ) {}

  write({ services, constants = [] }: Contract, { types, aliases }: Declared): WrittenFile {
    const blocks: string[][] = []
    for (const one of aliases) if (packageOf(one.name) === this.pack) blocks.push(this.alias(one))
    const own = types.filter(type => this.homes.packageOf(type.name as string) === this.pack)
    for (const type of own) blocks.push('fields' in type ? this.struct(type) : this.enumeration(type))
    for (const one of constants)
      if (one.package === this.pack) blocks.push(...one.list.map(each => this.constant(each)))
    for (const service of [...services].sort(byDepth))
      if (packageOf(service.name) === this.pack) blocks.push(this.service(service, services))
    for (const file of this.includes) this.inheritance.includes.add(fileOf(this.pack), file)
    const includes = [...this.includes].sort().map(file => `include "${file}.thrift"`)
    const head = [
      ...(this.pack === '' ? [] : [[`namespace * ${this.pack}`]]),
      ...(includes.length === 0 ? [] : [includes]),
    ]
    return {
      path: `${fileOf(this.pack)}.thrift`,
      text: `${[...head, ...blocks].map(lines => lines.join('\n')).join('\n\n')}\n`,
    }
  }

  private alias(alias: Alias): string[] {
    const { name, type, doc } = alias
    const text = `typedef ${this.type(type, name)} ${named(lastName(name), name)}`
    return [...docComment(doc), `${text}${annotationsText(alias)}`]
  }

  private constant({ name, type, value, doc }: Constant): string[] {
    const text = valueText(value, type, one => this.reference(one))
    if (text === undefined) throw new Refusal(name, 'its value', "Thrift's IDL has no literal for it; leave it out")
    return [...docComment(doc), `const ${this.type(type, name)} ${named(name, name)} = ${text}`]
  }

  private enumeration(type: EnumType): string[] {
    const { name, docs, values } = type
    const where = name as string
    const local = named(this.homes.localName(where), where)
    const members = values.flatMap(one => [
      ...docComment(docs.members.get(one.name)),
      `${named(one.name, where)} = ${one.number}${annotationsText(one)},`,
    ])
    return [...docComment(docs.own), `enum ${local} {`, ...indented(members), `}${annotationsText(type)}`]
  }

  private struct(message: MessageSchema): string[] {
    const local = named(this.homes.localName(message.name), message.name)
    const [only, ...others] = message.fields
    const isUnion =
      !message.isError && others.length === 0 && only?.type.kind === 'oneof' && only.presence !== 'required'
    const kind = message.isError ? 'exception' : isUnion ? 'union' : 'struct'
    const lines = message.fields.flatMap(field => this.field(field, message, isUnion))
    const end = `}${annotationsText(message)}`
    const body = lines.length === 0 ? [`${kind} ${local} {${end}`] : [`${kind} ${local} {`, ...indented(lines), end]
    return [...docComment(message.doc), ...body]
  }

  private field(field: FieldSchema, owner: MessageSchema, isUnion: boolean): string[] {
    const where = `${owner.name}.${field.key}`
    if (field.type.kind === 'oneof') {
      const cases = field.type.cases.map(one => ({
        doc: one.doc,
        text:
          `${one.number}: ${isUnion ? '' : 'optional '}${this.type(one.type, where)} ` +
          `${fieldName(one.name, where)}${fieldAnnotations(one)},`,
      }))
      const note = isUnion ? undefined : paragraphs(field.doc, `At most one of the next ${cases.length}.`)
      // The compiler keeps only the last of two comments.
      return cases.flatMap(({ doc, text }, at) => [...docComment(at === 0 ? paragraphs(note, doc) : doc), text])
    }
    const initial = initialText(field, name => this.reference(name), owner)
    const required = field.presence === 'required'
    // An absent struct needs no word for that, unlike an absent number.
    const isBare = initial !== undefined || field.type.kind === 'message'
    const optional = field.presence === 'explicit' && (field.isOptional || !isBare)
    return [
      ...docComment(paragraphs(field.doc, notes(field.type))),
      `${field.number}: ${required ? 'required ' : optional ? 'optional ' : ''}${this.type(field.type, where)} ` +
        `${fieldName(field.name, where)}${initial === undefined ? '' : ` = ${initial}`}${fieldAnnotations(field)},`,
    ]
  }

  /** @param all among which its base may be, whose methods it then does not repeat */
  private service(service: ServiceSchema, all: readonly ServiceSchema[]): string[] {
    const { name, doc, methods } = service
    const local = named(lastName(name), name)
    // Another writer, because texts that are only compared need no includes.
    const draft = new FileWriter(this.pack, this.homes, this.inheritance)
    const textOf = (method: MethodSchema) => draft.described(method).join('\n')
    const texts = new Set(methods.map(textOf))
    const base = nearestBase(
      service,
      all,
      one => one.methods.every(each => texts.has(textOf(each))) && this.mayExtend(one),
    )
    const inherited = new Set(base?.methods.map(textOf))
    const own = methods.filter(one => !inherited.has(textOf(one))).flatMap(one => this.described(one))
    const head = `service ${local}${base === undefined ? '' : ` extends ${this.reference(base.name)}`} {`
    return [...docComment(doc), head, ...indented(own), `}${annotationsText(service)}`]
  }

  /** Whether its file would not include itself then: the Thrift compiler hangs on such files. */
  private mayExtend(base: ServiceSchema): boolean {
    const { includes, extendsBases } = this.inheritance
    const [home, own] = [fileOf(packageOf(base.name)), fileOf(this.pack)]
    if (!extendsBases || home === own) return extendsBases
    if (includes.reaches(home, own)) return false
    includes.add(own, home)
    return true
  }

  private described(method: MethodSchema): string[] {
    return [...docComment(method.doc), this.method(method)]
  }

  private method(method: MethodSchema): string {
    const { name, path, input, parameters, throws, throwIds, oneway } = method
    if (!isThriftName(name)) throw unnamable(path, name)
    const args =
      parameters === 'message'
        ? [`1: ${this.reference(input.name)} request`]
        : input.fields.map(field => this.argument(field, path))
    const errors = throws.map(
      (error, at) => `${throwIds?.[at] ?? at + 1}: ${this.reference(error.name)} ${errorName(error.name)}`,
    )
    const suffix = errors.length === 0 ? '' : ` throws (${errors.join(', ')})`
    const text = `${oneway ? 'oneway ' : ''}${this.reply(method)} ${name}(${args.join(', ')})${suffix}`
    return `${text}${annotationsText(method)},`
  }

  private argument(field: FieldSchema, path: string): string {
    const initial = initialText(field, name => this.reference(name))
    const plain = `${field.number}: ${this.type(field.type, path)} ${fieldName(field.name, path)}`
    // In a line with the others.
    const doc = docComment(field.doc?.replaceAll('\n', ' ')).map(line => `${line} `)
    return `${doc.join('')}${plain}${initial === undefined ? '' : ` = ${initial}`}${fieldAnnotations(field)}`
  }

  private reply({ result, output, path }: MethodSchema): string {
    if (result === 'nothing') return 'void'
    if (result === 'message') return this.reference(output.name)
    const { type } = output.fields[0] as FieldSchema
    if (type.kind !== 'oneof') return this.type(type, path)
    throw new Refusal(path, 'a oneOf as the reply', 'Thrift names its unions; put it into a @Message')
  }

  private type(type: ValueType, where: string): string {
    const alias = aliasOf(type)
    if (alias !== undefined) return this.reference(alias.name)
    switch (type.kind) {
      case 'scalar':
        return thriftScalar(carrierOf(type))
      case 'enum':
        return type.name === undefined ? 'i32' : this.reference(type.name)
      case 'message':
        return this.reference(type.message.name)
      case 'list':
      case 'set':
        return `${type.kind}<${this.type(type.element, where)}>`
      case 'map':
        return `map<${this.type(type.key, where)}, ${this.type(type.value, where)}>`
      case 'union':
        throw new Refusal(where, 'a bare union', 'Thrift has none; write oneOf({ ... })')
      case 'oneof':
        throw new Refusal(where, 'a oneOf within another type', 'Thrift names its unions; put it into a @Message')
    }
  }

  private reference(name: string): string {
    const pack = this.homes.packageOf(name)
    const local = this.homes.localName(name)
    if (pack === this.pack) return local
    this.includes.add(fileOf(pack))
    return `${fileOf(pack)}.${local}`
  }
}

/** A name of a type or a member, which other languages use. */
function named(name: string, where: string): string {
  if (isThriftName(name)) return name
  throw unnamable(where, name)
}

function fieldName(name: string, where: string): string {
  return named(thriftFieldName(name), where)
}

/** With the name that other wires carry, if Thrift reserves it. */
function fieldAnnotations(field: FieldSchema | OneOfCase): string {
  const { name, properties } = field
  return annotationsText(
    isThriftName(name) ? field : { ...field, properties: { ...properties, [nameAnnotation]: name } },
  )
}

function unnamable(where: string, name: string): Refusal {
  return new Refusal(
    where,
    `name ${JSON.stringify(name)}`,
    'Thrift reserves it, or its names have only letters, digits and _; give it another one with { name: ... }',
  )
}

function errorName(name: string): string {
  const last = lastName(name)
  return fieldName(last.charAt(0).toLowerCase() + last.slice(1), name)
}

function paragraphs(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.filter(text => text !== undefined).join('\n\n') || undefined
}

function notes(type: ValueType): string | undefined {
  if (type.kind === 'list' || type.kind === 'set') return notes(type.element)
  if (type.kind === 'map') return notes(type.value)
  if (type.kind !== 'scalar') return undefined
  if (type.refined !== undefined) return `${refinementText(type.refined)}.`
  if (type.name === 'timestamp') return 'Milliseconds since 1970.'
  if (type.name === 'fieldMask') return 'Paths of fields, with commas.'
  if (type.name === 'struct' || type.name === 'value' || type.name === 'listValue' || type.name === 'nullValue')
    return 'JSON.'
  return type.name === 'duration' ? 'Microseconds.' : undefined
}
