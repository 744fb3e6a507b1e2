import { prefixes } from '../../codecs/avro/refined.js'
import type { DecimalRefinement, Refinement } from '../../schema/refinement.js'
import type { ScalarName } from '../../schema/type.js'
import type { FieldModel, OneOfModel, TypeModel } from '../model.js'
import { docOf, type Json, propertiesOf } from './json.js'

const primitives: ReadonlyMap<unknown, ScalarName> = new Map([
  ['boolean', 'bool'],
  ['int', 'int32'],
  ['long', 'int64'],
  ['float', 'float'],
  ['double', 'double'],
  ['bytes', 'bytes'],
  ['string', 'string'],
])

export type ScalarModel = Extract<TypeModel, { readonly kind: 'scalar' }>

/** Of a logical type of time: what it counts in which unit, and the primitive types that hold it. */
const times = new Map<string, { readonly refined: Refinement; readonly in: readonly string[] }>([
  ['date', { refined: { kind: 'date' }, in: ['int'] }],
  ...(['timeOfDay', 'timestamp', 'localTimestamp'] as const).flatMap(kind =>
    (['millis', 'micros', 'nanos'] as const).map(
      unit =>
        [
          `${prefixes[kind]}-${unit}`,
          { refined: { kind, unit }, in: kind === 'timeOfDay' && unit === 'millis' ? ['int'] : ['long'] },
        ] as const,
    ),
  ),
])

/**
 * The scalar of a primitive type; undefined for any other type. As Avro's specification demands, a logical type that is unknown, or does
 * not fit its type, is ignored.
 */
export function scalarOfAvro(name: unknown, json: Json): ScalarModel | undefined {
  const scalar = primitives.get(name)
  if (scalar === undefined) return undefined
  const { logicalType, scale = 0, precision } = json
  if (typeof logicalType !== 'string') return { kind: 'scalar', name: scalar }
  if (scalar === 'int64' && logicalType === 'timestamp-millis') return { kind: 'scalar', name: 'timestamp' }
  if (scalar === 'string' && logicalType === 'uuid') return { kind: 'scalar', name: 'uuid' }
  if (scalar === 'bytes' && logicalType === 'decimal') {
    if (json.unsigned === true && precision === 20 && scale === 0) return { kind: 'scalar', name: 'uint64' }
    const digits = decimalOf(json)
    return digits === undefined ? { kind: 'scalar', name: scalar } : { kind: 'scalar', name: 'string', refined: digits }
  }
  const time = times.get(logicalType)
  if (time === undefined || !time.in.includes(String(name))) return { kind: 'scalar', name: scalar }
  return { kind: 'scalar', name: time.refined.kind === 'timestamp' ? 'timestamp' : 'string', refined: time.refined }
}

/** The scalar of a `fixed`. @param name its full name */
export function fixedOfAvro(json: Json, name: string): ScalarModel {
  const doc = docOf(json)
  const properties = propertiesOf(json, 'type name namespace doc size logicalType precision scale')
  const fixed = {
    kind: 'fixed' as const,
    size: Number(json.size),
    name,
    ...(doc && { doc }),
    ...(properties && { properties }),
  }
  const digits = json.logicalType === 'decimal' ? decimalOf(json) : undefined
  if (digits === undefined) return { kind: 'scalar', name: 'bytes', refined: fixed }
  return { kind: 'scalar', name: 'string', refined: { ...digits, fixed } }
}

function decimalOf({ precision, scale = 0 }: Json): DecimalRefinement | undefined {
  const isDecimal = Number.isInteger(precision) && Number.isInteger(scale) && Number(scale) <= Number(precision)
  return isDecimal ? { kind: 'decimal', precision: Number(precision), scale: Number(scale) } : undefined
}

/** Whether a field is a text that is always there. */
export function isText(field: FieldModel | OneOfModel): boolean {
  return (
    field.kind === 'field' &&
    field.type.kind === 'scalar' &&
    field.type.name === 'string' &&
    field.presence !== 'optional'
  )
}
