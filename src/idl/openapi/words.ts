import { isObject } from '../../codecs/values/fault.js'
import { readType } from '../lock/read.js'
import type { TypeModel } from '../model.js'
import type { ReadSchema } from './message.js'
import type { DocumentNode } from './node.js'

/** A type without null, and null. */
export function nullable({ type, isNullable }: ReadSchema, nullAt: number | undefined): TypeModel {
  if (!isNullable || (type.kind === 'scalar' && type.name === 'value')) return type
  return type.kind === 'union' ? { ...type, isNullable } : { kind: 'union', branches: [type], isNullable, nullAt }
}

/** The place of null in a union of Avro. */
export function nullAtOf(node: DocumentNode): number | undefined {
  const place = node.get('x-polywire-null-at')?.json
  return typeof place === 'number' ? place : undefined
}

/** A type that JSON Schema has no word for. */
export function ownType(text: string, node: DocumentNode): TypeModel {
  const type = readType(text, node.file.path)
  const options = node.get('x-polywire-fixed')?.json
  const isFixed = type.kind === 'scalar' && type.refined?.kind === 'fixed' && isObject(options)
  return isFixed ? ({ ...type, refined: { ...type.refined, ...options } } as TypeModel) : type
}
