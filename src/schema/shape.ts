import { shown } from '../core/shown.js'
import type { FieldSchema, MessageSchema } from './message.js'
import { refinementText } from './refinement.js'
import type { EnumType, OneOfCase, ValueType } from './type.js'
import { unionText } from './union.js'

/**
 * How two messages of one name differ, as a clause for an error ("field total is double in one and absent in the other"); undefined if they
 * do not. Messages that they contain are compared by name.
 */
export function differenceOf(one: MessageSchema, other: MessageSchema): string | undefined {
  if (one.isError !== other.isError) return 'only one of them extends RpcError'
  const shapes = [one, other].map(({ fields }) => new Map(fields.map(field => [field.name, fieldShape(field)])))
  const [mine, its] = shapes as [Map<string, string>, Map<string, string>]
  for (const name of new Set([...mine.keys(), ...its.keys()])) {
    const [a = 'absent', b = 'absent'] = [mine.get(name), its.get(name)]
    if (a !== b) return `field ${name} is ${a} in one and ${b} in the other`
  }
  if ([...mine.keys()].join() !== [...its.keys()].join()) return 'their fields have different orders'
  return undefined
}

/** The same for two enums of one name. */
export function enumDifferenceOf(one: EnumType, other: EnumType): string | undefined {
  const [a, b] = [one, other].map(typeShape)
  return a === b ? undefined : `one is ${a} and the other ${b}`
}

/** The named enums that a value of this type contains directly. */
export function enumsIn(type: ValueType): readonly EnumType[] {
  switch (type.kind) {
    case 'enum':
      return type.name === undefined ? [] : [type]
    case 'list':
    case 'set':
      return enumsIn(type.element)
    case 'map':
      return [...enumsIn(type.key), ...enumsIn(type.value)]
    case 'oneof':
      return type.cases.flatMap(one => enumsIn(one.type))
    case 'union':
      return type.branches.flatMap(enumsIn)
    default:
      return []
  }
}

function fieldShape(field: FieldSchema): string {
  const { name, jsonName, aliases, attribute, number, type, presence, makeDefault } = field
  // The initial value of an optional field decides how Avro writes it.
  const initial = presence === 'explicit' ? makeDefault() : undefined
  return [
    numbered(number, typeShape(type)),
    presence,
    ...(initial === undefined ? [] : [`${field.isOptional ? 'optional, ' : ''}initially ${shown(initial)}`]),
    ...(jsonName === name ? [] : [`${jsonName} in JSON`]),
    ...(attribute ? ['an attribute'] : []),
    ...(aliases.length === 0 ? [] : [`once ${aliases.join(', ')}`]),
  ].join(', ')
}

function numbered(number: number | undefined, shape: string): string {
  return number === undefined ? shape : `${number}: ${shape}`
}

function typeShape(type: ValueType): string {
  switch (type.kind) {
    case 'scalar':
      return type.wrapped ? `wrapped ${type.name}` : type.refined ? refinementText(type.refined) : type.name
    case 'message':
      return type.delimited ? `delimited ${type.message.name}` : type.message.name
    case 'list':
    case 'set':
      return `${type.kind} of ${typeShape(type.element)}`
    case 'map':
      return `map of ${typeShape(type.key)} to ${typeShape(type.value)}`
    case 'oneof':
      return `one of ${type.cases.map(caseShape).join(', ')}`
    case 'union':
      return `union of ${unionText(type, typeShape)}`
    case 'enum': {
      const values = type.values.map(({ name, number }) => `${name} ${number}`).join(', ')
      const unknown = type.unknown === undefined ? '' : `, unknown ${type.unknown?.name ?? 'refused'}`
      return `${type.open ? 'enum' : 'closed enum'} ${type.name ?? ''}(${values}${unknown})`
    }
  }
}

function caseShape({ name, jsonName, number, type }: OneOfCase): string {
  return `${name}${jsonName === name ? '' : ` (${jsonName} in JSON)`} ${numbered(number, typeShape(type))}`
}
