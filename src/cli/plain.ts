import { takesNull } from '../codecs/values/presence.js'
import { carrierOf } from '../codecs/values/refined.js'
import { type ScalarForms, scalarOf } from '../codecs/values/scalar-forms.js'
import { durationText, instantText } from '../codecs/values/time.js'
import { camelMask } from '../codecs/values/well-known.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { EnumType, ValueType } from '../schema/type.js'
import { branchFinder, branchName } from '../schema/union.js'

type Fields = Readonly<Record<string, unknown>>

export interface Shown {
  /** Leaves out zeros and empty lists. Default false. */
  readonly omitsZeros?: boolean
  /** Prints the values of sensitive fields, and not three stars. Default false. */
  readonly showsSecrets?: boolean
}

/** A message as the JSON that is printed: ProtoJSON, with zeros and empty lists shown, and without what is sensitive. */
export function plainMessage(message: unknown, { fields }: MessageSchema, shown: Shown = {}): Record<string, unknown> {
  const { omitsZeros = false, showsSecrets = false } = shown
  const plain: Record<string, unknown> = {}
  for (const field of fields) {
    const value = shownValue(message as Fields, field, omitsZeros)
    if (value === undefined || (value === null && !takesNull(field.type)) || (omitsZeros && isEmpty(value, field)))
      continue
    const shownAs = (one: unknown, type: ValueType) =>
      field.sensitive && !showsSecrets ? '***' : plainValue(one, type, shown)
    if (field.type.kind !== 'oneof') plain[field.jsonName] = shownAs(value, field.type)
    else {
      const choice = value as { readonly case: string; readonly value: unknown }
      const chosen = field.type.cases.find(({ name }) => name === choice.case)
      if (chosen !== undefined) plain[chosen.jsonName] = shownAs(choice.value, chosen.type)
    }
  }
  return plain
}

function shownValue(message: Fields, { key, type, makeDefault }: FieldSchema, omitsZeros: boolean): unknown {
  const value = message[key]
  return (takesNull(type) && value === null) || omitsZeros ? value : (value ?? makeDefault())
}

function isEmpty(value: unknown, { presence, makeDefault }: FieldSchema): boolean {
  if (presence !== 'implicit') return false
  if (value instanceof Set || value instanceof Map) return value.size === 0
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  return value === makeDefault()
}

function plainValue(value: unknown, type: ValueType, shown: Shown): unknown {
  switch (type.kind) {
    case 'scalar':
      return scalarOf(carrierOf(type), scalars)(value)
    case 'enum':
      return memberName(value, type)
    case 'message':
      return plainMessage(value, type.message, shown)
    case 'list':
    case 'set':
      return Array.from(value as Iterable<unknown>, one => plainValue(one, type.element, shown))
    case 'map':
      if (type.key.kind !== 'scalar' && type.key.kind !== 'enum')
        return Array.from(value as ReadonlyMap<unknown, unknown>, ([key, one]) => ({
          key: plainValue(key, type.key, shown),
          value: plainValue(one, type.value, shown),
        }))
      return Object.fromEntries(
        Array.from(value as ReadonlyMap<unknown, unknown>, ([key, one]) => [
          keyText(key, type.key),
          plainValue(one, type.value, shown),
        ]),
      )
    case 'union': {
      const branch = type.branches[branchFinder(type)(value)]
      if (branch === undefined) return null
      const plain = plainValue(value, branch, shown)
      return type.branches.length === 1 ? plain : { [branchName(branch)]: plain }
    }
    case 'oneof':
      return undefined
  }
}

function memberName(value: unknown, type: EnumType): unknown {
  return type.values.find(one => one.value === value)?.name ?? value
}

function keyText(key: unknown, type: ValueType): string {
  return String(type.kind === 'enum' ? memberName(key, type) : key)
}

const same = (value: unknown) => value

const scalars: ScalarForms<(value: unknown) => unknown> = {
  floating: () => value => (Number.isFinite(value) ? value : String(value)),
  integer: () => same,
  long: () => String,
  text: () => same,
  bool: same,
  bytes: value => Buffer.from(value as Uint8Array).toString('base64'),
  timestamp: instantText,
  duration: value => durationText(value, '', 's'),
  wellKnown: name => (name === 'fieldMask' ? camelMask : same),
}

/** JSON in a pipe is compact, one line a message; on a terminal it has spaces, and lines where it does not fit. */
export function jsonText(value: unknown, width: number | undefined): string {
  const compact = JSON.stringify(value)
  if (width === undefined) return compact
  const line = JSON.stringify(value, undefined, 1).replace(/\n\s*/g, ' ')
  return line.length <= width ? line : JSON.stringify(value, undefined, 2)
}
