import { isObject } from '../../codecs/values/fault.js'
import { parsedJson } from '../parsed-json.js'
import { Refusal } from '../refusal.js'

/** The file that a project reviews and keeps. */
export const lockFile = 'polywire.lock.json'
export const lockSchema = 'polywire.lock/1'
/** By which an editor knows the file. */
const jsonSchema = './node_modules/polywire/polywire.lock.schema.json'

/** What a route can have besides its path. */
export const routeOptions = ['body', 'responseBody', 'status', 'location', 'consumes', 'produces'] as const

/** A contract as lines: a method, a field or a member of an enum each. */
export interface Lock {
  readonly services: Readonly<Record<string, readonly string[]>>
  readonly messages: Readonly<Record<string, readonly string[]>>
  readonly enums: Readonly<Record<string, readonly string[]>>
}

/** The file of a lock. The same contract gives the same bytes, and a change of one field changes one line. */
export function lockText({ services, messages, enums }: Lock): string {
  const lock = { $schema: jsonSchema, schema: lockSchema, services, messages, enums }
  return `${JSON.stringify(lock, undefined, 2)}\n`
}

/** @throws Refusal for text that is not a lock */
export function parseLock(source: string, text: string): Lock {
  const json = parsedJson(source, text)
  if (!isObject(json) || json.schema !== lockSchema)
    throw new Refusal(source, 'its schema', `it must be ${lockSchema}; write it again with polywire lock`)
  const section = (name: keyof Lock) => {
    const lines = json[name] ?? {}
    const isValid = isObject(lines) && Object.values(lines).every(isLines)
    if (!isValid) throw new Refusal(source, name, 'it must be an object of lists of lines')
    return lines as Lock[typeof name]
  }
  return { services: section('services'), messages: section('messages'), enums: section('enums') }
}

function isLines(value: unknown): boolean {
  return Array.isArray(value) && value.every(line => typeof line === 'string')
}
