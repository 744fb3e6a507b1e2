import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../codecs/values/fault.js'
import { type AvroTypes, isZero } from '../avro/defaults.js'
import type { InitialModel, MessageModel, TypeModel } from '../model.js'
import { type ScalarModel, scalarInitial } from './scalars.js'

/** What a default can refer to. */
export type NamedTypes = AvroTypes

/** The value of a `default`; undefined for one that does not fit its type, or that classes cannot have. */
export function initialOf(json: unknown, type: TypeModel, types: NamedTypes): InitialModel | undefined {
  switch (type.kind) {
    case 'list':
    case 'set': {
      const elements = Array.isArray(json) ? json.map(one => initialOf(one, type.element, types)) : [undefined]
      return elements.includes(undefined) ? undefined : (elements as InitialModel[])
    }
    case 'map': {
      if (!isObject(json)) return undefined
      const entries = Object.entries(json).map(([key, value]) => [
        keyOf(key, type.key, types),
        initialOf(value, type.value, types),
      ])
      return entries.flat().includes(undefined) ? undefined : new Map(entries as [InitialModel, InitialModel][])
    }
    case 'named':
      if (typeof json === 'string') return types.symbolsOf(type.name).includes(json) ? json : undefined
      return isObject(json) ? recordOf(json, types.messageOf(type.name), types) : undefined
    case 'union':
      return branchOf(json, type, types)
    case 'scalar':
      return scalarInitial(json, type)
  }
}

/** A value of a union, under the name of its type if there are several. */
function branchOf(json: unknown, type: UnionModel, types: NamedTypes): InitialModel | undefined {
  if (json === null) return type.isNullable ? null : undefined
  const [first, ...others] = type.branches
  if (first !== undefined && others.length === 0) return initialOf(json, first, types)
  const [name, own] = isObject(json) ? (Object.entries(json)[0] ?? []) : []
  const branch = type.branches.findIndex(one => branchName(one) === name)
  const of = type.branches[branch]
  const value = of && initialOf(own, of, types)
  return value === undefined || branch === 0 ? value : { branch, value }
}

type UnionModel = TypeModel & { readonly kind: 'union' }

function branchName(type: TypeModel): string {
  return type.kind === 'scalar' ? (type.refined?.kind ?? type.name) : type.kind === 'named' ? type.name : type.kind
}

/** A key of a map, which is always text in JSON. */
function keyOf(text: string, type: TypeModel, types: NamedTypes): InitialModel | undefined {
  return initialOf(type.kind === 'scalar' && isWord(type) ? wordOf(text) : text, type, types)
}

/** Whether JSON has the scalar as a word of its own, not as text. */
function isWord({ name, refined }: ScalarModel): boolean {
  return refined === undefined && (name === 'bool' || /^s?(?:int|uint|fixed)(?:8|16|32)$/.test(name))
}

function wordOf(text: string): unknown {
  return text === 'true' || text === 'false' ? text === 'true' : /^-?\d+$/.test(text) ? Number(text) : text
}

/** The fields that differ from those of a new instance, by name. */
function recordOf(json: object, message: MessageModel | undefined, types: NamedTypes): InitialModel | undefined {
  const values = new Map<InitialModel, InitialModel>()
  for (const [jsonName, one] of Object.entries(json)) {
    const field = message?.fields.find(each => each.kind === 'field' && each.jsonName === jsonName)
    if (field?.kind !== 'field') {
      const all = message?.fields.flatMap(each => (each.kind === 'oneof' ? each.cases : []))
      const chosen = all?.find(each => (each.jsonName ?? each.name) === jsonName)
      const value = chosen && initialOf(one, chosen.type, types)
      if (chosen === undefined || value === undefined) return undefined
      values.set(chosen.name, value)
      continue
    }
    const { name, type, initial } = field
    const value = initialOf(one, type, types)
    if (value === undefined) return undefined
    const isOwn = initial === undefined ? isZero(value, type, types) : isDeepStrictEqual(value, initial)
    if (!isOwn || field.presence === 'optional') values.set(name, value)
  }
  return values
}
