import { isObject } from '../../codecs/values/fault.js'
import { pascal } from '../../protocols/standard-services/descriptor-parts.js'
import type { JsonObject } from '../../schema/json-value.js'
import type { Reserved } from '../../schema/reserved.js'
import { isZero } from '../avro/defaults.js'
import type { FieldModel, InitialModel, MessageModel, OneOfModel, TypeModel } from '../model.js'
import { checkFieldName } from '../typescript/names.js'
import { initialOf, type NamedTypes } from './initial.js'
import type { MergedSchema } from './merge.js'
import { FieldNames, isIdentifier, typeName } from './names.js'
import type { DocumentNode } from './node.js'

/** What a schema is in classes. */
export interface ReadSchema {
  readonly type: TypeModel
  readonly isNullable: boolean
  /** The only text that it can be. */
  readonly constant?: string
}

/** What reads the schemas of fields. */
export interface TypeReader extends NamedTypes {
  /** @param name the full name that it gets if it is a message or an enum without one */
  read(node: DocumentNode, name: string): ReadSchema
  localName(name: string): string
  /** Whether polywire wrote the document. */
  readonly isOwn: boolean
}

/** The message of an object's schema. */
export function messageModel(name: string, schema: MergedSchema, reader: TypeReader): MessageModel {
  const { node, properties, required, choices } = schema
  const fieldNames = new FieldNames([...properties.keys()])
  const cases = new Map(choices.flatMap(choice => casesIn(choice).map(one => [one, choice] as const)))
  /** By the place of the oneOf among the fields. */
  const choiceOf = new Map<number, DocumentNode>()
  const oneofs = new Map<DocumentNode, OneOfModel['cases'][number][]>()
  const fields: (FieldModel | OneOfModel)[] = []
  let ownText: MessageModel['ownText']
  for (const [jsonName, property] of properties) {
    const field = fieldModel(property, { name: fieldNames.nameOf(jsonName), jsonName, owner: name, reader }, required)
    const choice = cases.get(jsonName)
    if (property.get('x-polywire-text')?.json === true) ownText = { name: field.name, number: field.number }
    else if (choice === undefined) fields.push(field)
    else {
      let known = oneofs.get(choice)
      if (known === undefined) {
        known = []
        oneofs.set(choice, known)
        choiceOf.set(fields.length, choice)
        fields.push(oneOfModel(choice, known))
      }
      const { number, type, doc, properties: own } = field
      known.push({ name: field.name, jsonName, number, type, doc, properties: own })
    }
  }
  const own = (key: string) => node.get(`x-polywire-${key}`)?.json
  return {
    name,
    localName: reader.localName(name),
    doc: node.text('description')?.trim(),
    deprecated: schema.keywords.get('deprecated')?.json === true,
    isError: own('error') !== undefined,
    code: typeof own('error') === 'string' ? String(own('error')) : undefined,
    ownText,
    reserved: own('reserved') as Reserved | undefined,
    properties: objectIn(own('properties')),
    fields: fields.map((field, at) => {
      const choice = choiceOf.get(at)
      return field.kind === 'oneof' && choice !== undefined ? withInitial(field, choice, reader) : field
    }),
  }
}

function oneOfModel(choice: DocumentNode, cases: OneOfModel['cases']): OneOfModel {
  const sensitive = choice.get('x-polywire-sensitive')?.json === true || undefined
  const name = choice.text('x-polywire-name') ?? ''
  return { kind: 'oneof', name, doc: choice.text('description')?.trim(), sensitive, cases }
}

/** With its default, which needs all cases. */
function withInitial(oneof: OneOfModel, choice: DocumentNode, reader: TypeReader): OneOfModel {
  const json = choice.get('default')?.json
  const [jsonName, value] = isObject(json) ? (Object.entries(json)[0] ?? []) : []
  const chosen = oneof.cases.find(one => (one.jsonName ?? one.name) === jsonName)
  const initial = chosen && initialOf(value, chosen.type, reader)
  return chosen === undefined || initial === undefined
    ? oneof
    : { ...oneof, initial: { case: chosen.name, value: initial } }
}

/** `{ oneOf: [{ required: ['card'] }, { required: ['invoice'] }, ...] }` */
function casesIn(choice: DocumentNode): string[] {
  return (choice.get('oneOf')?.elements() ?? []).flatMap(
    branch =>
      branch
        .get('required')
        ?.elements()
        .map(one => String(one.json)) ?? [],
  )
}

interface FieldPlace {
  readonly name: string
  readonly jsonName: string
  /** The full name of its message. */
  readonly owner: string
  readonly reader: TypeReader
}

/** @param required the names in JSON of fields that are always there */
export function fieldModel(node: DocumentNode, place: FieldPlace, required: ReadonlySet<string>): FieldModel {
  const { jsonName, owner, reader } = place
  const own = (key: string) => node.get(`x-polywire-${key}`)?.json
  const name = typeof own('name') === 'string' ? String(own('name')) : place.name
  checkFieldName(jsonName, () => node.key)
  const inner = isIdentifier(name) ? pascal(name) : (typeName(name) ?? 'Field')
  const read = reader.read(node, `${owner}.${inner}`)
  const { type } = read
  const number = own('number')
  return {
    kind: 'field',
    name,
    jsonName,
    number: typeof number === 'number' ? number : undefined,
    type,
    doc: node.text('description')?.trim(),
    deprecated: node.get('deprecated')?.json === true || undefined,
    sensitive: own('sensitive') === true || node.get('format')?.json === 'password' || undefined,
    nullAt: typeof own('null-at') === 'number' ? Number(own('null-at')) : undefined,
    noDefault: own('no-default') === true || undefined,
    aliases: Array.isArray(own('aliases')) ? (own('aliases') as string[]) : undefined,
    properties: objectIn(own('properties')),
    ...presenceOf(node, read, required.has(jsonName), reader),
  }
}

type Presence = Pick<FieldModel, 'presence' | 'initial' | 'isOptional'>

function presenceOf(node: DocumentNode, read: ReadSchema, isRequired: boolean, reader: TypeReader): Presence {
  const { type, isNullable, constant } = read
  const own = node.get('x-polywire-presence')?.json
  const given = node.get('default')?.json
  const initial = given === undefined ? undefined : initialOf(given, type, reader)
  if (isRequired && !isNullable)
    return { presence: 'required', initial: constant ?? withoutZero(initial, type, reader) }
  if (own === 'explicit') return { presence: 'implicit', initial }
  if (own === 'optional') return { presence: 'optional', initial, isOptional: initial === undefined ? undefined : true }
  if (initial !== undefined) return { presence: 'implicit', initial: withoutZero(initial, type, reader) }
  const isContainer = type.kind === 'list' || type.kind === 'set' || type.kind === 'map'
  const isNull = type.kind === 'scalar' && type.name === 'nullValue'
  const isBare = reader.isOwn && !hasZero(type, reader)
  return { presence: isContainer || isNull || isBare ? 'implicit' : 'optional', initial: undefined }
}

/** Whether an absent field has a value without a default. */
function hasZero(type: TypeModel, reader: TypeReader): boolean {
  if (type.kind === 'named') return reader.symbolsOf(type.name).length > 0
  if (type.kind !== 'scalar') return type.kind !== 'union'
  return !type.wrapped && type.refined === undefined && !withoutZeros.has(type.name)
}

const withoutZeros: ReadonlySet<string> = new Set([
  'timestamp',
  'duration',
  'struct',
  'value',
  'listValue',
  'fieldMask',
])

function withoutZero(initial: InitialModel | undefined, type: TypeModel, reader: TypeReader): InitialModel | undefined {
  return initial === undefined || isZero(initial, type, reader) ? undefined : initial
}

function objectIn(json: unknown): JsonObject | undefined {
  return isObject(json) ? (json as JsonObject) : undefined
}
