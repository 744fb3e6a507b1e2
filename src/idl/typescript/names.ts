import type { FieldModel, MessageModel, MethodModel, OneOfModel, TypeModel } from '../model.js'
import { Refusal } from '../refusal.js'

/** Whether it is `google.protobuf.Empty`, which a method returns as nothing. */
export function isEmpty(type: TypeModel): boolean {
  return type.kind === 'named' && type.name === 'google.protobuf.Empty'
}

/** `lastDigits` of `last_digits`, `sayHello` of `SayHello`, `urlPath` of `URLPath`. */
export function camelCase(name: string): string {
  const words = name.split('_').filter(word => word !== '')
  const isShouted = words.length > 1 && name === name.toUpperCase()
  const text = words
    .map((word, at) => {
      const calm = isShouted ? word.toLowerCase() : word
      return at === 0 ? lowerFirst(calm) : upperFirst(calm)
    })
    .join('')
  return /^[A-Za-z]/.test(text) ? text : `_${text}`
}

/** The first capitals, but for the one that begins the next word. */
function lowerFirst(word: string): string {
  return word.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+(?![a-z])|^[A-Z]/, capitals => capitals.toLowerCase())
}

export function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Names that properties of messages cannot have: a promise would take one with `then` for a promise. */
const unusable = new Set(['constructor', 'then', 'prototype', '__proto__'])
/** @throws Refusal for a field that classes cannot have by this name, as in `decorators/check-fields.ts` */
export function checkFieldName(name: string, place: () => string): void {
  refuseProto('field', name, place)
}

/** @throws Refusal for a member that an enum of TypeScript cannot have: it would set the prototype of its object */
export function checkMemberName(name: string, place: () => string): void {
  refuseProto('member', name, place)
}

function refuseProto(what: string, name: string, place: () => string): void {
  if (name === '__proto__')
    throw new Refusal(
      place(),
      `${what} ${name}`,
      `every JavaScript object has a property of that name; rename the ${what}`,
    )
}

/** A class that extends another one cannot declare them without saying `override`. */
const inherited: readonly string[] = Object.getOwnPropertyNames(Object.prototype)

/** Properties of errors. */
const errorProperties = new Set([
  ...inherited,
  'name',
  'message',
  'stack',
  'cause',
  'code',
  'details',
  'headers',
  'delivery',
  'reason',
])

/** A name for what the source does not name, beside the names that it has. */
export function nameBeside(name: string, names: readonly string[]): string {
  let free = name
  while (names.includes(free)) free += '_'
  return free
}

/** The property of a field. @param taken names that others of the class have; grows */
export function propertyOf(name: string, taken: Set<string>, isError: boolean): string {
  let key = camelCase(name)
  if (isError && errorProperties.has(key)) key = `error${upperFirst(key)}`
  while (unusable.has(key) || taken.has(key)) key += '_'
  taken.add(key)
  return key
}

/** The fields of a message, each with its property. */
export function keysOf({ fields, isError }: MessageModel): (readonly [field: FieldModel | OneOfModel, key: string])[] {
  const taken = new Set<string>()
  return fields.map(field => [field, propertyOf(field.name, taken, isError)])
}

/**
 * The methods of a class, each with its key.
 * @param base the keys of the methods that it inherits, by their names on the wire; undefined if it extends nothing
 */
export function methodKeys(
  methods: readonly MethodModel[],
  base: ReadonlyMap<string, string> | undefined,
): Map<string, string> {
  const taken = new Set(base === undefined ? [] : [...base.values(), ...inherited])
  return new Map(methods.map(({ name }) => [name, base?.get(name) ?? propertyOf(name, taken, false)]))
}

/** Words that cannot name a constant or a parameter. Source: ECMAScript, "Keywords and Reserved Words", in strict mode. */
export const words: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return static super switch this ' +
    'throw true try typeof undefined var void while with yield'
  ).split(' '),
)

/** Names that the written code uses for what JavaScript has. */
export const globals: ReadonlySet<string> = new Set(
  'Array AsyncIterable BigInt Boolean Date Error Function Map Number Object Promise ReadonlyMap Set String Symbol Uint8Array'.split(
    ' ',
  ),
)
