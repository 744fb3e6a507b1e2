import type { FieldModel, TypeModel } from '../model.js'
import { fieldModel } from './message.js'
import { FieldNames } from './names.js'
import { DocumentNode } from './node.js'
import { isSingle, type SchemaReader } from './schemas.js'

/** The parameters of an operation as fields of its request. */
export interface Parameters {
  readonly fields: readonly FieldModel[]
  /** By the name in the path, the field that a variable is. */
  readonly variables: ReadonlyMap<string, string>
  /** Names of headers and cookies: a handler reads them with `currentCall()`. */
  readonly headers: readonly string[]
  readonly names: FieldNames
}

/** @param owner the full name of the request @throws Refusal for one that a query or a path of `@Http` does not have */
export function parametersOf(nodes: readonly DocumentNode[], owner: string, reader: SchemaReader): Parameters {
  const all = nodes.map(node => ({ node, name: node.text('name') ?? '', where: node.text('in') ?? '' }))
  const inQuery = all.filter(({ where }) => where === 'query')
  const names = new FieldNames(inQuery.map(({ name }) => name))
  const variables = new Map<string, string>()
  const fields: FieldModel[] = []
  for (const { node, name, where } of all) {
    if (where !== 'path' && where !== 'query') continue
    const isPath = where === 'path'
    const schema = schemaOf(node, name)
    const field = isPath ? names.free(name) : names.nameOf(name)
    const place = { name: field, jsonName: isPath ? field : name, owner, reader }
    const required = new Set(isPath || node.get('required')?.json === true ? [place.jsonName] : [])
    const read = fieldModel(documented(node, schema), place, required)
    const model = joined(node, { ...read, type: asText(read.type, schema, reader) }, required.size > 0)
    check(node, name, model.type, reader)
    if (isPath) variables.set(name, field)
    fields.push(model)
  }
  const headers = all.filter(({ where }) => where === 'header' || where === 'cookie').map(({ name }) => name)
  return { fields, variables, headers, names }
}

/** What has a media type instead of a schema is a text, which the handler parses. */
function schemaOf(node: DocumentNode, name: string): DocumentNode {
  const schema = node.get('schema')
  if (schema !== undefined) return schema
  const [[mediaType] = []] = node.get('content')?.entries() ?? []
  if (mediaType === undefined) throw node.refusal(`parameter ${name}`, 'it has neither a schema nor a media type')
  const description = [node.text('description')?.trim(), `A text of ${mediaType}.`].filter(one => one !== undefined)
  return new DocumentNode({ type: 'string', description: description.join('\n\n') }, node.file, node.pointer)
}

/** A union of simple types is one text anyway, and one with lists of them a list. */
function asText(type: TypeModel, schema: DocumentNode, reader: SchemaReader): TypeModel {
  if (type.kind !== 'scalar' || type.name !== 'value') return type
  const kinds = reader.kindsOf(schema)
  if (kinds.length === 0 || !kinds.every(kind => texts.has(kind))) return type
  const text: TypeModel = { kind: 'scalar', name: 'string' }
  return kinds.includes('array') ? { kind: 'list', element: text } : text
}

/**
 * A list that is one text, such as `?ids=1,2`, is a string. One that is exploded is `?ids=1&ids=2` in each of the styles.
 * @param node the parameter, or the encoding of a form's property
 */
export function joined(node: DocumentNode, field: FieldModel, isRequired: boolean): FieldModel {
  const { type, initial } = field
  const style = node.text('style') ?? (node.text('in') === 'path' ? 'simple' : 'form')
  const separator = separators.get(style)
  const isList = type.kind === 'list' || type.kind === 'set'
  const isExploded = style !== 'simple' && (node.get('explode')?.json ?? style === 'form') === true
  if (!isList || separator === undefined || isExploded) return field
  return {
    ...field,
    type: { kind: 'scalar', name: 'string' },
    doc: [field.doc, `Values with "${separator}" between them.`].filter(part => part !== undefined).join('\n\n'),
    presence: isRequired ? 'required' : initial === undefined ? 'optional' : 'implicit',
    initial: Array.isArray(initial) ? initial.join(separator) : undefined,
  }
}

/** By the style of a parameter. */
const separators: ReadonlyMap<string, string> = new Map([
  ['simple', ','],
  ['form', ','],
  ['spaceDelimited', ' '],
  ['pipeDelimited', '|'],
])

const texts: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean', 'array'])

/** The schema with the description of its parameter. */
function documented(parameter: DocumentNode, schema: DocumentNode): DocumentNode {
  const notes = ['description', 'deprecated'].flatMap(name => {
    const note = parameter.get('schema') === undefined ? undefined : parameter.get(name)
    return note === undefined ? [] : [[name, note.json]]
  })
  return new DocumentNode({ ...(schema.json as object), ...Object.fromEntries(notes) }, schema.file, schema.pointer)
}

function check(node: DocumentNode, name: string, type: TypeModel, reader: SchemaReader): void {
  const fail = (why: string) => node.refusal(`parameter ${name}`, why)
  const style = node.text('style')
  if (node.text('in') === 'path') {
    if (!isSingle(type, reader)) throw fail('a variable of a path is one value')
    if ((style ?? 'simple') !== 'simple') throw fail(`its style is ${style}, and must be simple`)
    return
  }
  if (name.includes('.')) throw fail('its name has a dot, by which a query names fields of fields')
  if (style === 'deepObject') {
    if (hasSingles(type, reader)) return
    throw fail('its style is deepObject, so it must be an object whose properties are values or lists of them')
  }
  if (isParameter(type, reader)) return
  throw fail('a query has values, lists of them, and objects in the style deepObject; take a body for more')
}

/** Whether a query has it: a value, or a list of values, `?a=1&a=2`. */
export function isParameter(type: TypeModel, reader: SchemaReader): boolean {
  return isSingle(type.kind === 'list' || type.kind === 'set' ? type.element : type, reader)
}

/** Whether it is an object in the style `deepObject`, whose properties a query has. */
export function hasSingles(type: TypeModel, reader: SchemaReader): boolean {
  const fields = type.kind === 'named' ? reader.messageOf(type.name)?.fields : undefined
  return fields?.every(one => one.kind === 'field' && isParameter(one.type, reader)) === true
}
