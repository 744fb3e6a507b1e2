import { formed, isJson } from '../initial.js'
import type { InitialModel, MessageModel, TypeModel } from '../model.js'
import { jsonText, memberText, propertyText, quoted } from './text.js'

/** The types that a literal names. */
export interface InitialNames {
  /** The class of a message or an enum. */
  className(fullName: string): string
  messageOf(fullName: string): MessageModel | undefined
}

/** The literal of a default or a constant. */
export function initialText(value: InitialModel, type: TypeModel, names: InitialNames): string {
  const form = {
    single,
    member: (name: string, member: string) => memberText(names.className(name), member),
    list: (elements: readonly string[]) => `[${elements.join(', ')}]`,
    set: (elements: readonly string[]) => `new Set([${elements.join(', ')}])`,
    map: (entries: readonly (readonly [string, string])[]) =>
      `new Map([${entries.map(([key, one]) => `[${key}, ${one}]`).join(', ')}])`,
    message(name: string, values: ReadonlyMap<string, string>) {
      const made = `new ${names.className(name)}()`
      if (values.size === 0) return made
      return `Object.assign(${made}, { ${Array.from(values, ([key, one]) => `${propertyText(key)}: ${one}`).join(', ')} })`
    },
    choice: (name: string, one: string) => `{ case: ${quoted(name)}, value: ${one} }`,
  }
  return formed(value, type, form, name => names.messageOf(name))
}

function single(value: InitialModel): string {
  if (value instanceof Uint8Array)
    return value.length === 0 ? 'new Uint8Array()' : `new Uint8Array([${value.join(', ')}])`
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (isJson(value)) return jsonText(value.json)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : String(value)
}
