import { FieldType } from '../../protocols/standard-services/descriptor-messages.js'
import type { FieldView } from './field-view.js'
import type { DescriptorView } from './view.js'

type Groups = Readonly<Partial<Record<FieldType, string>>>

/** Types of one group read each other's bytes. Source: protobuf, "Updating A Message Type"; as buf's FIELD_WIRE_COMPATIBLE_TYPE has it. */
const onWire: Groups = {
  [FieldType.TYPE_INT32]: 'varint',
  [FieldType.TYPE_INT64]: 'varint',
  [FieldType.TYPE_UINT32]: 'varint',
  [FieldType.TYPE_UINT64]: 'varint',
  [FieldType.TYPE_BOOL]: 'varint',
  [FieldType.TYPE_SINT32]: 'zigzag',
  [FieldType.TYPE_SINT64]: 'zigzag',
  [FieldType.TYPE_FIXED32]: 'fixed32',
  [FieldType.TYPE_SFIXED32]: 'fixed32',
  [FieldType.TYPE_FIXED64]: 'fixed64',
  [FieldType.TYPE_SFIXED64]: 'fixed64',
}

/** Types of one group read each other's bytes and JSON, as buf's FIELD_WIRE_JSON_COMPATIBLE_TYPE has it. */
const inJson: Groups = {
  [FieldType.TYPE_INT32]: 'int32',
  [FieldType.TYPE_UINT32]: 'int32',
  [FieldType.TYPE_INT64]: 'int64',
  [FieldType.TYPE_UINT64]: 'int64',
  [FieldType.TYPE_FIXED32]: 'fixed32',
  [FieldType.TYPE_SFIXED32]: 'fixed32',
  [FieldType.TYPE_FIXED64]: 'fixed64',
  [FieldType.TYPE_SFIXED64]: 'fixed64',
}

export function isSameType(before: FieldView, after: FieldView): boolean {
  return before.type === after.type && (!isNamed(after) || before.typeName === after.typeName)
}

/** @param where the contracts, whose enums of one name can stand for each other */
export function isWireCompatible(before: FieldView, after: FieldView, where: Pair): boolean {
  const toBytes = before.type === FieldType.TYPE_STRING && after.type === FieldType.TYPE_BYTES
  return toBytes || isCompatible(before, after, onWire, where)
}

export function isJsonCompatible(before: FieldView, after: FieldView, where: Pair): boolean {
  return isCompatible(before, after, inJson, where)
}

export type Pair = readonly [before: DescriptorView, after: DescriptorView]

function isCompatible(before: FieldView, after: FieldView, groups: Groups, where: Pair): boolean {
  if (before.type !== after.type) return groups[before.type] !== undefined && groups[before.type] === groups[after.type]
  if (!isNamed(after) || before.typeName === after.typeName) return true
  return after.type === FieldType.TYPE_ENUM && isExtended(before.typeName, after.typeName, where)
}

/** Whether an enum has the same short name as another one, and all its members. */
function isExtended(before: string, after: string, [old, now]: Pair): boolean {
  const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1)
  const [one, other] = [old.enums.get(before.slice(1)), now.enums.get(after.slice(1))]
  if (shortName(before) !== shortName(after) || one === undefined || other === undefined) return false
  return [...one.members].every(([name, number]) => other.members.get(name) === number)
}

function isNamed({ type }: FieldView): boolean {
  return type === FieldType.TYPE_MESSAGE || type === FieldType.TYPE_GROUP || type === FieldType.TYPE_ENUM
}

/** For people: `int32`, `shop.v1.Order`. */
export function fieldTypeText({ type, typeName }: FieldView): string {
  return typeName === '' ? FieldType[type].slice('TYPE_'.length).toLowerCase() : typeName.slice(1)
}

const small: ReadonlySet<FieldType> = new Set([
  FieldType.TYPE_INT32,
  FieldType.TYPE_UINT32,
  FieldType.TYPE_SINT32,
  FieldType.TYPE_FIXED32,
  FieldType.TYPE_SFIXED32,
])
const large: ReadonlySet<FieldType> = new Set([
  FieldType.TYPE_INT64,
  FieldType.TYPE_UINT64,
  FieldType.TYPE_SINT64,
  FieldType.TYPE_FIXED64,
  FieldType.TYPE_SFIXED64,
])

/** What a reader of JSON finds where the size of an integer changed; undefined for other changes. */
export function jsonText(before: FieldView, after: FieldView): string | undefined {
  if (small.has(before.type) && large.has(after.type)) return 'readers get "7" where they had 7'
  return large.has(before.type) && small.has(after.type) ? 'readers get 7 where they had "7"' : undefined
}

/** The same for code in TypeScript. */
export function codeText(before: FieldView, after: FieldView): string | undefined {
  if (small.has(before.type) && large.has(after.type)) return 'number became bigint'
  return large.has(before.type) && small.has(after.type) ? 'bigint became number' : undefined
}
