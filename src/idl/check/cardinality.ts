import type { Cardinality } from './field-view.js'
import type { ProtobufRule } from './protobuf-rules.js'

/** The rules that a change of cardinality breaks, and why. */
export function brokenByCardinality(
  old: Cardinality,
  now: Cardinality,
): readonly (readonly [rule: ProtobufRule, why: string])[] {
  if (old === now) return []
  const why = `${cardinalityText[old]} became ${cardinalityText[now]}`
  const rules: ProtobufRule[] = ['FIELD_SAME_CARDINALITY']
  if (onWire[old] !== onWire[now]) rules.push('FIELD_WIRE_COMPATIBLE_CARDINALITY')
  if (inJson[old] !== inJson[now]) rules.push('FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY')
  return rules.map(rule => [rule, why])
}

/** Values of one group read each other's bytes, or bytes and JSON. */
const onWire: Readonly<Record<Cardinality, string>> = {
  required: 'required',
  implicit: 'one',
  explicit: 'one',
  repeated: 'many',
  map: 'many',
}
const inJson: Readonly<Record<Cardinality, string>> = {
  required: 'required',
  implicit: 'one',
  explicit: 'one',
  repeated: 'list',
  map: 'map',
}

const cardinalityText: Readonly<Record<Cardinality, string>> = {
  implicit: 'a value',
  explicit: 'an optional value',
  required: 'a required value',
  repeated: 'a list',
  map: 'a map',
}
