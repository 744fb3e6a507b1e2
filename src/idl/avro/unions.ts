import { scalarTypeOf } from '../../schema/union.js'
import type { FieldModel, TypeModel } from '../model.js'

/** A type of a union without the null beside it. */
export interface WithoutNull {
  readonly type: TypeModel
  /** The place of null among the types; undefined if it is none of them. */
  readonly nullAt: number | undefined
}

/** Two types of a union that classes, which go by JavaScript's types, cannot tell apart; undefined if there are none. */
export function clashIn(
  branches: readonly TypeModel[],
  isRecord: (name: string) => boolean,
): { readonly construct: string; readonly why: string } | undefined {
  const taken = new Map<string, TypeModel>()
  for (const branch of branches) {
    const kind = javaScriptType(branch, isRecord)
    const other = taken.get(kind)
    if (other !== undefined)
      return {
        construct: `a union of ${textOf(other)} and ${textOf(branch)}`,
        why: `both are ${kind} in JavaScript, so that they cannot be told apart; write a record for one of them`,
      }
    taken.set(kind, branch)
  }
  return undefined
}

function javaScriptType(type: TypeModel, isRecord: (name: string) => boolean): string {
  switch (type.kind) {
    case 'scalar':
      return scalarTypeOf(type)
    case 'named':
      // Each record has a class of its own.
      return isRecord(type.name) ? `the class ${type.name}` : 'number'
    default:
      return type.kind
  }
}

function textOf(type: TypeModel): string {
  if (type.kind === 'named') return type.name
  return type.kind === 'scalar' ? (type.refined?.kind ?? type.name) : type.kind
}

/** Of a field whose default is null, or that has none: null has one in the first place alone. */
export function placeOfNull(
  nullAt: number,
  field: { readonly default?: unknown },
): Pick<FieldModel, 'nullAt' | 'noDefault'> {
  if (nullAt > 0) return { nullAt }
  return field.default === undefined ? { noDefault: true } : {}
}
