import { isObject } from '../../codecs/values/fault.js'
import type { JsonObject } from '../../schema/json-value.js'
import type { EnumModel } from '../model.js'
import type { MergedSchema } from './merge.js'

/** The values of `enum` or `const`. */
export interface Members {
  /** `names`: those of an enum of TypeScript. Otherwise the type that has the values: one of JSON Schema, or several. */
  readonly kind: 'names' | 'string' | 'integer' | 'number' | 'boolean' | 'other'
  readonly names: readonly string[]
  readonly hasNull: boolean
}

export function namesOfMembers({ keywords }: MergedSchema): Members {
  const given = keywords.get('enum')?.json ?? [keywords.get('const')?.json]
  const all: readonly unknown[] = Array.isArray(given) ? given : []
  const values = all.filter(value => value !== null)
  const hasNull = values.length < all.length
  const texts = values.filter(value => typeof value === 'string')
  if (texts.length === values.length)
    return { kind: texts.every(isMember) ? 'names' : 'string', names: [...new Set(texts)], hasNull }
  const kind = values.every(Number.isInteger)
    ? 'integer'
    : values.every(value => typeof value === 'number')
      ? 'number'
      : values.every(value => typeof value === 'boolean')
        ? 'boolean'
        : 'other'
  return { kind, names: [], hasNull }
}

/** An enum of TypeScript has members by number, so that no member is called like one. */
function isMember(name: string): boolean {
  const isNumber = String(Number(name)) === name && !/^(?:NaN|-?Infinity)$/.test(name)
  return !isNumber && name !== '__proto__' && name !== ''
}

export function enumModel(
  name: string,
  localName: string,
  { node, keywords }: MergedSchema,
  names: readonly string[],
): EnumModel {
  const numbers = node.get('x-polywire-numbers')
  const docs = node.get('x-polywire-docs')
  const properties = node.get('x-polywire-properties')?.json
  const ofMembers = node.get('x-polywire-member-properties')
  return {
    name,
    localName,
    doc: node.text('description')?.trim(),
    deprecated: keywords.get('deprecated')?.json === true,
    members: names.map((member, at) => {
      const number = numbers?.get(member)?.json
      const own = ofMembers?.get(member)?.json
      return {
        name: member,
        number: typeof number === 'number' ? number : at,
        doc: docs?.text(member),
        properties: isObject(own) ? (own as JsonObject) : undefined,
      }
    }),
    unknown: node.get('x-polywire-unknown')?.json === null ? null : node.text('x-polywire-unknown'),
    properties: isObject(properties) ? (properties as JsonObject) : undefined,
  }
}
