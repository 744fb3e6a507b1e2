import { isDeepStrictEqual } from 'node:util'
import type { TypeModel } from '../model.js'
import type { MergedSchema } from './merge.js'
import { DocumentNode } from './node.js'
import { scalar } from './scalars.js'

/** A branch of `oneOf` or `anyOf`. */
export interface Branch {
  readonly node: DocumentNode
  readonly schema: MergedSchema
  /** A type of JSON Schema, or `other`. */
  readonly kind: string
  /** Of an enum. */
  readonly names?: readonly string[]
}

/** What all branches of a union are, beside null. JSON has no mark for the branch that a value is of. */
export type Combined = { readonly isNullable: boolean } & (
  | { readonly same: DocumentNode }
  | { readonly type: TypeModel }
  /** Those of polywire's own form, where each branch has a name. */
  | { readonly branches: readonly DocumentNode[] }
  | { readonly object: MergedSchema }
  /** An enum with the members of all. */
  | (MergedSchema & { readonly members: true })
)

export function combined(schema: MergedSchema, branchOf: (node: DocumentNode) => Branch, isOwn: boolean): Combined {
  const all = schema.unions.flat().map(branchOf)
  const others = all.filter(({ kind }) => kind !== 'null')
  const isNullable = others.length < all.length
  if (schema.node.text('x-polywire-type') === 'union') return { branches: others.map(namedBranch), isNullable }
  const [first, ...rest] = others
  if (first === undefined) return { type: scalar('nullValue'), isNullable: false }
  const isSame = rest.every(({ node }) => isDeepStrictEqual(node.json, first.node.json))
  // polywire's enums have numbers too, and its numbers texts for what JSON cannot write.
  if (isOwn && first.names !== undefined) return enumOf(schema, first.names, isNullable)
  const isAlone = isSame || (isOwn && first.kind === 'number')
  if (isAlone && schema.properties.size === 0 && schema.unions.length === 1) return { same: first.node, isNullable }
  const kinds = new Set(others.map(({ kind }) => kind))
  if (kinds.has('integer') && kinds.has('number')) kinds.delete('integer')
  const [kind, ...otherKinds] = kinds
  if (otherKinds.length > 0) return { type: scalar('value'), isNullable }
  switch (kind) {
    case 'string': {
      if (others.some(({ names }) => names === undefined)) return { type: scalar('string'), isNullable }
      return enumOf(schema, [...new Set(others.flatMap(one => one.names ?? []))], isNullable)
    }
    case 'integer':
    case 'number':
      return { type: scalar('double'), isNullable }
    case 'boolean':
      return { type: scalar('bool'), isNullable }
    case 'object':
      return { object: together(schema, others), isNullable }
    default:
      return { type: scalar(kind === 'array' ? 'listValue' : 'value'), isNullable }
  }
}

function enumOf(schema: MergedSchema, names: readonly string[], isNullable: boolean): Combined {
  const keywords = new Map(schema.keywords).set('enum', new DocumentNode(names, schema.node.file))
  return { ...plain(schema), keywords, members: true, isNullable }
}

/** `{ properties: { string: {...} } }`: the branch of polywire's union by its name. */
function namedBranch({ schema, node }: Branch): DocumentNode {
  const [only, ...others] = schema.properties.values()
  return only !== undefined && others.length === 0 && schema.keywords.get('additionalProperties')?.json === false
    ? only
    : node
}

/** One object with the properties of all. Those that some branches do not have may be absent. */
function together(schema: MergedSchema, branches: readonly Branch[]): MergedSchema {
  const properties = new Map(schema.properties)
  for (const { schema: branch } of branches)
    for (const [name, node] of branch.properties) {
      const known = properties.get(name)
      properties.set(name, known === undefined ? node : either(known, node))
    }
  const [first, ...rest] = branches.map(({ schema: { required } }) => required)
  const common = [...(first ?? [])].filter(name => rest.every(required => required.has(name)))
  return { ...plain(schema), properties, required: new Set([...schema.required, ...common]) }
}

/** What two branches say of one property. Only simple types have something in common; objects would be merged without end. */
function either(one: DocumentNode, other: DocumentNode): DocumentNode {
  if (one.key === other.key || isDeepStrictEqual(one.json, other.json)) return one
  const parts = [...partsOf(one), other.json]
  const isSimple = one.file === other.file && parts.every(part => simple.has((part as { type?: unknown }).type))
  return new DocumentNode(isSimple ? { anyOf: parts } : true, other.file, other.pointer)
}

const simple = new Set<unknown>(['string', 'integer', 'number', 'boolean'])

function partsOf({ json }: DocumentNode): unknown[] {
  const { anyOf } = json as { readonly anyOf?: unknown }
  return Array.isArray(anyOf) ? anyOf : [json]
}

/** The members of a class that is spread are not all its own. */
function plain({ node, keywords, properties, required, choices }: MergedSchema): MergedSchema {
  return { node, keywords, properties, required, unions: [], choices }
}
