import type { FieldModel, MessageModel, OneOfModel, TypeModel } from '../model.js'
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
  if (name === '__proto__')
    throw new Refusal(place(), `field ${name}`, 'every JavaScript object has a property of that name; rename the field')
}

/** Properties of errors. */
const errorProperties = new Set([
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

/** The method of a class. */
export function methodKeyOf(name: string, taken: Set<string>): string {
  return propertyOf(name, taken, false)
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
