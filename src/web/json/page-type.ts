import { Fault } from '../../codecs/values/fault.js'
import type { ValueType } from '../../schema/type.js'

/** Turns the values of one type into values for JSON.stringify, and back. Both throw Faults. `depth` counts the messages around a value. */
export interface PageType {
  write(value: unknown, depth: number): unknown
  /** @returns undefined for a value that counts as absent */
  read(json: unknown, depth: number): unknown
}

/** Makes the JSON of a type. @param key the property of a field */
export type Compile = (type: ValueType, key?: string) => PageType

/** The same for one kind of type. `compile` gives the types within it theirs. */
export type Form = (type: never, compile: Compile, key: string) => PageType

const forms = new Map<string, Form>()

/**
 * Gives a type its JSON in pages. Call it where a page imports the type, marked as pure: a bundler then drops the form with the type.
 * @param name of the scalar; of other types the kind
 * @returns `type`
 */
export function withForm<T>(name: string, form: Form, type: T): T {
  forms.set(name, form)
  return type
}

/** A type whose values only other codecs carry. */
export function refusing(what: string): PageType {
  const refuse = () => {
    throw new Fault(
      `the JSON of pages has no ${what}; import its type from polywire/web, or give connect another codec`,
    )
  }
  return { write: refuse, read: refuse }
}

/** @returns undefined if the page has not imported such a type */
export function formOf(type: ValueType): Form | undefined {
  return forms.get(type.kind !== 'scalar' ? type.kind : type.refined === undefined ? type.name : 'refined')
}
