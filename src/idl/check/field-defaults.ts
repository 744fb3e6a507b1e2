import { FieldType } from '../../protocols/standard-services/descriptor-messages.js'
import type { FieldView } from './field-view.js'
import type { DescriptorView } from './view.js'

/**
 * Whether two fields mean the same by their absence, as far as their types can be compared at all: numbers, truth values and members of enums
 * by number, texts and bytes by their bytes. Source: buf's FIELD_SAME_DEFAULT.
 */
export function isSameDefault(
  [old, now]: readonly [FieldView, FieldView],
  [before, after]: readonly [DescriptorView, DescriptorView],
): boolean {
  if (!canHaveDefault(old) || !canHaveDefault(now)) return true
  const [one, other] = [defaultIn(old, before), defaultIn(now, after)]
  if (isZero(one) && isZero(other)) return true
  if (typeof one === 'string' || typeof other === 'string') return one === other
  if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) && Number.isNaN(other)
  const hasFloat = [old.type, now.type].includes(FieldType.TYPE_FLOAT)
  // A double that became a float is compared as one. Of a bigint and a number `==` compares the values, whatever their size.
  if (hasFloat && typeof one === 'number' && typeof other === 'number') return Math.fround(one) === Math.fround(other)
  // biome-ignore lint/suspicious/noDoubleEquals: see above
  return one == other
}

/** For people. */
export function defaultText({ initial }: FieldView): string {
  return initial === undefined ? 'zero' : String(initial)
}

function canHaveDefault({ cardinality, type }: FieldView): boolean {
  const isMessage = type === FieldType.TYPE_MESSAGE || type === FieldType.TYPE_GROUP
  return cardinality !== 'repeated' && cardinality !== 'map' && !isMessage
}

/** The written default or the type's own; texts and bytes as a text of bytes. */
function defaultIn({ initial, type, typeName }: FieldView, { enums }: DescriptorView): number | bigint | string {
  if (type === FieldType.TYPE_ENUM) {
    // Without a default it is the first member, which in a closed enum may be no zero.
    const members = enums.get(typeName.slice(1))?.members
    return members?.get(String(initial)) ?? [...(members?.values() ?? [])][0] ?? 0
  }
  const isText = type === FieldType.TYPE_STRING || type === FieldType.TYPE_BYTES
  if (initial === undefined) return isText ? '' : 0
  if (typeof initial === 'boolean') return initial ? 1 : 0
  if (typeof initial !== 'string' && typeof initial !== 'object') return initial
  return Buffer.from(initial as string).toString('latin1')
}

function isZero(value: number | bigint | string): boolean {
  return value === '' || value === 0 || value === 0n
}
