import { isObject } from '../../codecs/values/fault.js'
import { Refusal } from '../refusal.js'
import type { SourceText } from '../source-text.js'
import { isNull, type Json, primitiveNames } from './json.js'

/** Whether a protocol or a schema has what Avro's specification demands of its parts. Every method throws a Refusal if it has not. */
export class SchemaCheck {
  constructor(private readonly text: SourceText) {}

  file(json: unknown): void {
    if (isObject(json) && json.protocol !== undefined) {
      this.protocol(json)
      return
    }
    const isSchema = typeof json === 'string' || Array.isArray(json) || (isObject(json) && json.type !== undefined)
    if (!isSchema)
      this.refuse([], 'the file', 'it is neither a protocol, which has a "protocol", nor a schema, which has a "type"')
    this.type(json, [])
  }

  private protocol({ protocol, namespace, types, messages }: Json): void {
    this.name(protocol, 'the protocol', [])
    if (namespace !== undefined && namespace !== '') this.name(namespace, 'the namespace', [])
    for (const type of this.list(types, 'the types', [])) this.type(type, [])
    if (messages !== undefined && !isObject(messages)) this.refuse([], 'the messages', 'they must be an object')
    for (const [name, message] of Object.entries(messages ?? {})) this.message(name, message)
  }

  private message(name: string, message: unknown): void {
    const where = [name]
    const what = `message ${name}`
    this.simpleName(name, what, where)
    if (!isObject(message)) this.refuse(where, what, 'it must be an object')
    const { request, response, errors, 'one-way': oneway } = message
    if (request === undefined) this.refuse(where, what, 'it has no "request"')
    if (response === undefined) this.refuse(where, what, 'it has no "response"')
    this.fields(request, `the request of ${name}`, where)
    this.type(response, where)
    for (const error of this.list(errors, `the errors of ${name}`, where)) this.type(error, where)
    if (oneway === true && !isNull(response)) this.refuse(where, what, 'it is one-way, and has a response beside null')
  }

  private type(json: unknown, where: readonly string[]): void {
    if (typeof json === 'string') return
    if (Array.isArray(json)) {
      for (const one of json) this.type(one, where)
      return
    }
    if (!isObject(json)) this.refuse(where, 'a type', `${JSON.stringify(json)} is not one`)
    const { type, name, items, values } = json
    switch (type) {
      case undefined:
        this.refuse(where, 'a type', 'it has no "type"')
        break
      case 'array':
        this.inner(items, 'array', 'items', where)
        break
      case 'map':
        this.inner(values, 'map', 'values', where)
        break
      case 'record':
      case 'error':
      case 'enum':
      case 'fixed': {
        const full = this.name(name, `the ${type}`, where)
        const last = full.slice(full.lastIndexOf('.') + 1)
        if (primitiveNames.has(last)) this.refuse([last], `${type} ${full}`, `${last} is a primitive type of Avro`)
        this.named(json, `${type} ${full}`, [last])
        break
      }
      default:
        this.type(type, where)
    }
  }

  private inner(json: unknown, kind: string, word: string, where: readonly string[]): void {
    if (json === undefined) this.refuse(where, `the ${kind}`, `it has no "${word}"`)
    this.type(json, where)
  }

  private named({ type, fields, symbols, size, default: unknown }: Json, what: string, where: readonly string[]): void {
    if (type === 'fixed') {
      if (!Number.isInteger(size) || Number(size) < 1)
        this.refuse(where, what, 'its "size" must be an integer of at least 1')
      return
    }
    if (type !== 'enum') {
      if (fields === undefined) this.refuse(where, what, 'it has no "fields"')
      this.fields(fields, `the fields of ${where[0]}`, where)
      return
    }
    const members = this.list(symbols, `the symbols of ${where[0]}`, where)
    if (members.length === 0) this.refuse(where, what, 'it has no "symbols"')
    const seen = new Set<unknown>()
    for (const member of members) {
      this.simpleName(member, `a symbol of ${what}`, where)
      if (seen.has(member)) this.refuse([...where, String(member)], what, `it has two symbols ${String(member)}`)
      seen.add(member)
    }
    if (unknown !== undefined && !seen.has(unknown))
      this.refuse(where, what, `its default ${JSON.stringify(unknown)} is not one of its symbols`)
  }

  private fields(json: unknown, what: string, where: readonly string[]): void {
    const seen = new Set<unknown>()
    for (const field of this.list(json, what, where)) {
      if (!isObject(field)) this.refuse(where, what, `${JSON.stringify(field)} is not one`)
      const { name, type, aliases } = field
      this.simpleName(name, what, where)
      const inner = [...where, String(name)]
      if (seen.has(name)) this.refuse(inner, what, `two are called ${String(name)}`)
      seen.add(name)
      if (type === undefined) this.refuse(inner, `field ${String(name)}`, 'it has no "type"')
      this.type(type, inner)
      for (const alias of this.list(aliases, `the aliases of ${String(name)}`, inner))
        this.simpleName(alias, `an alias of ${String(name)}`, inner)
    }
  }

  private list(json: unknown, what: string, where: readonly string[]): readonly unknown[] {
    if (json === undefined) return []
    return Array.isArray(json) ? json : this.refuse(where, what, 'it must be a list')
  }

  private name(name: unknown, what: string, where: readonly string[]): string {
    if (typeof name === 'string' && name.length <= longest && name.split('.').every(part => form.test(part)))
      return name
    return this.refuse(where, what, nameText(name))
  }

  private simpleName(name: unknown, what: string, where: readonly string[]): void {
    if (typeof name !== 'string' || name.length > longest || !form.test(name)) this.refuse(where, what, nameText(name))
  }

  private refuse(where: readonly string[], construct: string, why: string): never {
    throw new Refusal(this.text.place(...where), construct, why)
  }
}

/** Source: Avro's specification, "Names". */
const form = /^[A-Za-z_][A-Za-z0-9_]*$/
const longest = 1024

function nameText(name: unknown): string {
  if (name === undefined) return 'one has no "name"'
  const shown = JSON.stringify(name)
  return `${shown.length > 80 ? `${shown.slice(0, 80)}...` : shown} is not a name of Avro, which has letters, digits and _`
}
