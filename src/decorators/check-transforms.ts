import { misuse } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { ValueType } from '../schema/type.js'
import {
  type ClassDecorators,
  classDecorators,
  type Direction,
  holdsIn,
  type PropertyDecorators,
} from './class-transformer.js'

/**
 * Checks a message that has class-transformer's decorators in addition to `@Field`.
 * @throws RpcError `failed_precondition` (`contradicting_decorators`) if two decorators contradict each other
 */
export function checkTransforms(schema: MessageSchema): void {
  const decorators = classDecorators(schema)
  if (decorators === undefined) return
  const name = schema.class?.name ?? schema.name
  const [other] = decorators.others
  if (other !== undefined) {
    throw contradiction(
      `${name}.${other}`,
      'it has @Expose() but is not a field, so no wire would carry it; add @Field(...) or remove @Expose()',
    )
  }
  for (const field of schema.fields) checkField(`${name}.${field.key}`, field, decorators)
  for (const direction of ['plain', 'class'] as const) checkNames(name, schema.fields, { decorators, direction })
}

function checkField(where: string, field: FieldSchema, { fields, strategy }: ClassDecorators): void {
  const decorators = fields.get(field.key)
  const isNeverCarried =
    decorators?.exclude !== undefined
      ? decorators.exclude.toClassOnly === decorators.exclude.toPlainOnly
      : strategy === 'excludeAll' && decorators?.expose === undefined
  if (field.presence === 'required' && isNeverCarried)
    throw contradiction(where, '@Field requires it and @Exclude() leaves it out; remove one of them')
  if (decorators === undefined) return
  checkExposedName(where, field, decorators)
  if (decorators.type !== undefined) checkType(where, field.type, decorators.type)
}

function checkExposedName(
  where: string,
  { key, name, jsonName, type }: FieldSchema,
  decorators: PropertyDecorators,
): void {
  const exposed = decorators.expose?.name
  if (exposed === undefined) return
  if (type.kind === 'oneof')
    throw contradiction(where, `@Expose names it ${exposed}, but a oneOf has no name on the wire: its cases have`)
  for (const given of [name, jsonName]) {
    if (given === key || given === exposed) continue
    throw contradiction(where, `@Field names it ${given}, @Expose ${exposed}; name it in one of them`)
  }
  if (exposed === '__proto__' || exposed === 'constructor' || exposed === 'prototype')
    throw contradiction(where, `@Expose names it ${exposed}, which cannot be a field; write another name`)
}

function checkType(where: string, type: ValueType, decorators: NonNullable<PropertyDecorators['type']>): void {
  if (decorators.options.discriminator !== undefined) {
    throw contradiction(
      where,
      '@Type chooses the class by a discriminator, @Field by the field; write @Field(oneOf({ ... })) and no discriminator',
    )
  }
  const expected = classesOf(type)
  const given = typeGiven(decorators.of)
  if (given === undefined || expected.length === 0 || expected.includes(given)) return
  const names = expected.map(one => (one as { readonly name: string }).name).join(' or ')
  const name = typeof given === 'function' ? given.name : String(given)
  throw contradiction(where, `@Field makes it of ${names}, @Type of ${name}; write @Type(() => ${names}) or none`)
}

/** Undefined if it depends on the transformed object, which does not exist yet. */
function typeGiven(of: NonNullable<PropertyDecorators['type']>['of']): unknown {
  try {
    return of?.()
  } catch {
    return undefined
  }
}

const wellKnown: ReadonlySet<string> = new Set(['struct', 'value', 'listValue', 'nullValue', 'fieldMask'])

/** The classes that @Type may name for a field of this type; empty: any, because class-transformer has no name for it. */
function classesOf(type: ValueType): readonly unknown[] {
  switch (type.kind) {
    case 'message':
      return [type.message.class]
    case 'list':
    case 'set':
      return classesOf(type.element)
    case 'map':
      return classesOf(type.value)
    case 'scalar':
      if (type.refined !== undefined && type.name !== 'bytes') return [String]
      if (type.name === 'timestamp') return [Date]
      if (type.name === 'bytes') return [Uint8Array, Buffer]
      if (type.name === 'bool') return [Boolean]
      if (type.name === 'string' || type.name === 'uuid') return [String]
      if (wellKnown.has(type.name)) return []
      return type.name.endsWith('64') ? [BigInt] : [Number]
    default:
      return []
  }
}

interface Exposure {
  readonly decorators: ClassDecorators
  readonly direction: Direction
}

/** Two fields may share a name only if a group or a version separates them. */
function checkNames(className: string, fields: readonly FieldSchema[], { decorators, direction }: Exposure): void {
  const seen = new Map<string, string>()
  for (const { key, name, type } of fields) {
    const { exclude, expose } = decorators.fields.get(key) ?? {}
    if (type.kind === 'oneof' || (exclude !== undefined && holdsIn(direction, exclude))) continue
    if (expose?.groups !== undefined || expose?.since !== undefined || expose?.until !== undefined) continue
    const wire = (expose !== undefined && holdsIn(direction, expose) ? expose.name : undefined) ?? name
    const other = seen.get(wire)
    if (other !== undefined)
      throw contradiction(`${className}.${key}`, `its name ${wire} is that of ${other}; give one of them another`)
    seen.set(wire, key)
  }
}

function contradiction(where: string, what: string): Error {
  return misuse('contradicting_decorators', `${where}: ${what}`)
}
