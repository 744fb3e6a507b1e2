import { isObject } from '../../codecs/values/fault.js'
import { kept, type LeftOut } from '../left-out.js'
import type { EnumModel, MessageModel, TypeModel } from '../model.js'
import { ownClasses } from '../own-classes.js'
import { enumModel, namesOfMembers } from './enums.js'
import { deepest, type MergedSchema, merged } from './merge.js'
import { messageModel, type ReadSchema, type TypeReader } from './message.js'
import type { FullNames } from './names.js'
import { type DocumentNode, referenceOf } from './node.js'
import { integerOf, numberOf, scalar, stringOf } from './scalars.js'
import { type Branch, combined } from './unions.js'
import { nullAtOf, nullable, ownType } from './words.js'

/** What all schemas of a document share. */
export interface Surroundings {
  readonly names: FullNames
  /** Whether polywire wrote the document. */
  readonly isOwn: boolean
  readonly leftOut: LeftOut | undefined
  /** The full name of a schema that others refer to. */
  nameOf(node: DocumentNode): string
}

/** Keywords that say what a value is. The others are notes on it. */
const telling = [
  'type',
  'properties',
  'items',
  'enum',
  'const',
  'oneOf',
  'anyOf',
  'allOf',
  'additionalProperties',
  'required',
  'format',
]

/** The messages and enums that schemas stand for. */
export class SchemaReader implements TypeReader {
  readonly messages = new Map<string, MessageModel>()
  readonly enums = new Map<string, EnumModel>()
  /** By key, schemas that others refer to; undefined while one is read. */
  private readonly known = new Map<string, ReadSchema | undefined>()
  /** Messages whose fields are still to be read, by full name. They wait, so that no chain of schemas is a chain of calls. */
  private readonly waiting = new Map<string, MergedSchema>()

  /** Messages of `waiting` whose fields are read, or being read. */
  private readonly begun = new Set<string>()

  /** Names that only a schema read by this very name gets. */
  private readonly reserved = new Set<string>()

  readonly isOwn: boolean

  constructor(readonly around: Surroundings) {
    this.isOwn = around.isOwn
  }

  /** A name that no other type gets: of a schema that is read by it, or of a message that is made without one. */
  reserve(name: string): string {
    const free = this.around.names.free(name)
    this.reserved.add(free)
    return free
  }

  /**
   * @param name the full name that it gets if it is a message or an enum without one
   * @throws Refusal for a schema that classes cannot express
   */
  read(node: DocumentNode, name: string, depth = 0): ReadSchema {
    const { json } = node
    if (depth > deepest) throw node.refusal('the schema', `it is nested deeper than ${deepest}`)
    if (json === true) return { type: scalar('value'), isNullable: false }
    if (!isObject(json)) throw node.refusal('the schema', 'it must be an object')
    const only = onlyReference(node)
    if (only === undefined) return this.structure(merged(node), name, depth)
    const read = this.referenced(only.followed(), depth)
    return json.nullable === true ? { ...read, isNullable: true } : delimited(read, node)
  }

  /** A schema by itself, as components have it. */
  referenced(target: DocumentNode, depth = 0): ReadSchema {
    const { key } = target
    const known = this.known.get(key)
    if (known !== undefined) return known
    if (this.known.has(key)) throw target.refusal('the schema', 'it is circular without a message in the circle')
    this.known.set(key, undefined)
    try {
      const read = this.read(target, this.around.nameOf(target), depth + 1)
      this.known.set(key, read)
      return read
    } catch (error) {
      this.known.delete(key)
      throw error
    }
  }

  /** Reads the fields of all messages that were met. */
  finish(): void {
    for (const name of this.waiting.keys()) this.messageOf(name)
  }

  /** Its fields are read if they are not. @returns undefined if there is none, or while its fields are read */
  messageOf(name: string): MessageModel | undefined {
    const schema = this.waiting.get(name)
    if (schema !== undefined && !this.begun.has(name)) {
      this.begun.add(name)
      for (const model of kept(this.around.leftOut, name, () => messageModel(name, schema, this)))
        this.messages.set(name, model)
    }
    return this.messages.get(name)
  }

  localName(name: string): string {
    return this.around.names.localName(name)
  }

  symbolsOf(name: string): readonly string[] {
    return this.enums.get(name)?.members.map(member => member.name) ?? []
  }

  /** Whether a schema is read as a message. */
  isMessage(node: DocumentNode, depth = 0): boolean {
    if (depth > deepest || !isObject(node.json)) return false
    if (onlyReference(node) !== undefined) {
      const { type } = this.read(node, '')
      return type.kind === 'named' && !this.enums.has(type.name)
    }
    const schema = merged(node)
    if (schema.keywords.has('enum') || schema.keywords.has('const')) return false
    if (schema.unions.length > 0) {
      const read = combined(schema, branch => this.branch(branch, 0), this.isOwn)
      return 'object' in read || ('same' in read && this.isMessage(read.same, depth + 1))
    }
    return schema.properties.size > 0 && [undefined, 'object'].includes(schema.keywords.get('type')?.json as string)
  }

  /** The types of JSON Schema that the branches of a union have. */
  kindsOf(node: DocumentNode): string[] {
    return merged(node)
      .unions.flat()
      .map(branch => this.branch(branch, 0).kind)
  }

  private structure(schema: MergedSchema, name: string, depth: number): ReadSchema {
    const { keywords } = schema
    const given = keywords.get('type')?.json
    const types = (Array.isArray(given) ? given : [given]).filter(one => one !== undefined && one !== 'null')
    const isNull = given === 'null' || (Array.isArray(given) && given.includes('null'))
    const isNullable = (isNull && types.length > 0) || keywords.get('nullable')?.json === true
    const own = schema.node.text('x-polywire-type')
    if (own !== undefined && own !== 'union') return { type: ownType(own, schema.node), isNullable }
    if (keywords.has('enum') || keywords.has('const')) return this.enumeration(schema, name, isNullable)
    if (schema.unions.length > 0) {
      const read = combined(schema, branch => this.branch(branch, depth + 1), this.isOwn)
      if ('members' in read) return this.enumeration(read, name, isNullable || read.isNullable)
      if ('same' in read) {
        const inner = this.read(read.same, name, depth + 1)
        return { ...inner, isNullable: inner.isNullable || isNullable || read.isNullable }
      }
      if ('branches' in read) {
        const branches = read.branches.map(branch => this.read(branch, name, depth + 1).type)
        return {
          type: { kind: 'union', branches, isNullable: read.isNullable, nullAt: nullAtOf(schema.node) },
          isNullable,
        }
      }
      if ('type' in read) return { type: read.type, isNullable: isNullable || read.isNullable }
      return { type: this.object(read.object, name, depth), isNullable: isNullable || read.isNullable }
    }
    const type = types.length > 1 ? ofSeveral(types) : this.ofType(types[0] ?? impliedBy(schema), schema, name, depth)
    return { type: isNull && types.length === 0 ? scalar('nullValue') : type, isNullable }
  }

  private ofType(type: unknown, schema: MergedSchema, name: string, depth: number): TypeModel {
    switch (type) {
      case undefined:
        return scalar('value')
      case 'string':
        return stringOf(schema)
      case 'integer':
        return integerOf(schema)
      case 'number':
        return numberOf(schema)
      case 'boolean':
        return scalar('bool')
      case 'array':
        return this.array(schema, name, depth)
      case 'object':
        return this.object(schema, name, depth)
      default:
        throw schema.node.refusal(`type ${JSON.stringify(type)}`, 'it is not a type of JSON Schema')
    }
  }

  private array({ keywords }: MergedSchema, name: string, depth: number): TypeModel {
    const items = keywords.get('items')
    const isFree = items === undefined || items.json === true || (isEmpty(items.json) && !this.isOwn)
    if (isFree || keywords.has('prefixItems')) return scalar('listValue')
    const element = nullable(this.read(items, name, depth + 1), nullAtOf(items))
    const isSet = keywords.get('uniqueItems')?.json === true && (this.isOwn || isSingle(element, this))
    return { kind: isSet ? 'set' : 'list', element }
  }

  /** A message, a map, or any object. */
  private object(schema: MergedSchema, name: string, depth: number): TypeModel {
    const { keywords, properties, node } = schema
    if (ownClasses.has(name)) return { kind: 'named', name }
    if (properties.size > 0 || (this.isOwn && keywords.has('properties'))) return this.message(schema, name)
    const rest = keywords.get('additionalProperties')
    const isFree = !isObject(rest?.json) || (isEmpty(rest.json) && !this.isOwn)
    if (isFree || keywords.has('patternProperties')) return scalar('struct')
    const names = node.get('propertyNames')
    const key = names === undefined ? scalar('string') : this.read(names, `${name}.Key`, depth + 1).type
    const isKey = key.kind === 'scalar' || (key.kind === 'named' && this.enums.has(key.name))
    const value = nullable(this.read(rest as DocumentNode, name, depth + 1), nullAtOf(rest as DocumentNode))
    return { kind: 'map', key: isKey && key.name !== 'value' ? key : scalar('string'), value }
  }

  private message(schema: MergedSchema, name: string): TypeModel {
    const free = this.claim(schema.node, name)
    this.waiting.set(free, schema)
    return { kind: 'named', name: free }
  }

  private enumeration(schema: MergedSchema, name: string, isNullable: boolean): ReadSchema {
    const members = namesOfMembers(schema)
    const nulls = isNullable || members.hasNull
    if (members.kind !== 'names') {
      const type = members.kind === 'other' ? scalar('value') : this.ofType(members.kind, schema, name, 0)
      return { type, isNullable: nulls }
    }
    const [first = '', ...others] = members.names
    if (others.length === 0 && !this.isOwn) return { type: scalar('string'), isNullable: nulls, constant: first }
    const free = this.claim(schema.node, name)
    this.enums.set(free, enumModel(free, this.localName(free), schema, members.names))
    return { type: { kind: 'named', name: free }, isNullable: nulls }
  }

  /** The name of a component is its own; that of any other schema may be taken. */
  private claim(node: DocumentNode, name: string): string {
    if (this.reserved.delete(name)) return name
    return this.known.has(node.key) && this.around.nameOf(node) === name ? name : this.around.names.free(name)
  }

  /** A branch of a union, with what it is. */
  private branch(node: DocumentNode, depth: number): Branch {
    if (depth > deepest) throw node.refusal('the schema', `it is nested deeper than ${deepest}`)
    const schema = merged(node)
    const { keywords } = schema
    const type = keywords.get('type')?.json
    const members = keywords.has('enum') || keywords.has('const') ? namesOfMembers(schema) : undefined
    if (type === 'null' || (members?.hasNull === true && members.names.length === 0))
      return { node, schema, kind: 'null' }
    if (members?.kind === 'names') return { node, schema, kind: 'string', names: members.names }
    if (schema.unions.length > 0 || Array.isArray(type)) return { node, schema, kind: 'other' }
    return { node, schema, kind: String(type ?? impliedBy(schema) ?? 'other') }
  }
}

/** Whether a value is one text in a path or a query. */
export function isSingle(type: TypeModel, { enums }: { readonly enums: ReadonlyMap<string, unknown> }): boolean {
  if (type.kind === 'named') return enums.has(type.name)
  return type.kind === 'scalar' && !['struct', 'value', 'listValue', 'nullValue'].includes(type.name)
}

/** The reference of a schema that says nothing else of the value: `$ref` alone, or as the only part of `allOf`. */
function onlyReference(node: DocumentNode): DocumentNode | undefined {
  const { json } = node
  if (!isObject(json)) return undefined
  const words = telling.filter(word => word in json)
  if (referenceOf(json) !== undefined) return words.length === 0 ? node : undefined
  const parts = node.get('allOf')?.elements() ?? []
  return words.length === 1 && parts.length === 1 && parts[0] !== undefined ? onlyReference(parts[0]) : undefined
}

function delimited(read: ReadSchema, node: DocumentNode): ReadSchema {
  if (read.type.kind !== 'named' || node.get('x-polywire-delimited')?.json !== true) return read
  return { ...read, type: { ...read.type, delimited: true } }
}

function impliedBy({ properties, keywords }: MergedSchema): string | undefined {
  if (properties.size > 0 || keywords.has('additionalProperties')) return 'object'
  return keywords.has('items') ? 'array' : undefined
}

function ofSeveral(types: readonly unknown[]): TypeModel {
  return scalar(types.every(type => type === 'integer' || type === 'number') ? 'double' : 'value')
}

function isEmpty(json: unknown): boolean {
  return isObject(json) && Object.keys(json).length === 0
}
