import { namespaceOf, qualified } from '../../codecs/avro/parser.js'
import { isObject } from '../../codecs/values/fault.js'
import { Refusal } from '../refusal.js'
import { SchemaCheck } from './check.js'
import type { AvroFile } from './compile.js'
import { fullName, type Json, listIn, primitiveNames } from './json.js'

/** The named types that files define, anywhere in them. */
export class DeclaredTypes {
  /** By full name: what a type is, and the file that says so. */
  private readonly types = new Map<string, { readonly shape: string; readonly source: string }>()

  /** @throws Refusal for a file that is not valid, or defines a type in another way than one before it */
  constructor(files: readonly AvroFile[]) {
    for (const file of files) {
      new SchemaCheck(file.text).file(file.json)
      this.add(file)
    }
  }

  has(name: string): boolean {
    return this.types.has(name)
  }

  private add(file: AvroFile): void {
    const { json } = file
    const isProtocol = isObject(json) && typeof json.protocol === 'string'
    const namespace = isProtocol && typeof json.namespace === 'string' ? json.namespace : ''
    const space = isProtocol ? namespaceOf(qualified(String(json.protocol), namespace)) : ''
    const parts = isProtocol ? [json.types, ...Object.values(isObject(json.messages) ? json.messages : {})] : [json]
    for (const part of parts) this.walk(part, space, file)
  }

  /** @returns the type as text that is the same wherever it is used: without descriptions, and with the names of other types for them */
  private walk(json: unknown, space: string, file: AvroFile): unknown {
    if (typeof json === 'string') return primitiveNames.has(json) ? json : qualified(json, space)
    if (Array.isArray(json)) return json.map(one => this.walk(one, space, file))
    if (!isObject(json)) return json
    if (json.request !== undefined) return this.message(json, space, file)
    const { type, items, values } = json
    if (!named.has(String(type))) {
      const inner = [type, items, values].map(one => this.walk(one, space, file))
      return [...inner, json.logicalType, json.precision, json.scale]
    }
    const name = fullName(json, space)
    const fields = listIn(json.fields).map(field => this.field(field as Json, namespaceOf(name), file))
    this.define(name, JSON.stringify([type, fields, json.symbols, json.default, json.size, json.logicalType]), file)
    return name
  }

  private field({ name, type, default: initial }: Json, space: string, file: AvroFile): unknown {
    return [name, this.walk(type, space, file), initial]
  }

  private message({ request, response, errors }: Json, space: string, file: AvroFile): undefined {
    for (const one of listIn(request)) this.field(one as Json, space, file)
    for (const one of [response, errors]) this.walk(one, space, file)
    return undefined
  }

  private define(name: string, shape: string, { text }: AvroFile): void {
    const known = this.types.get(name)
    if (known === undefined) this.types.set(name, { shape, source: text.source })
    else if (known.shape !== shape) {
      const where = known.source === text.source ? 'elsewhere in the file' : `in ${known.source}`
      throw new Refusal(
        text.place(name.slice(name.lastIndexOf('.') + 1)),
        `type ${name}`,
        `it is defined otherwise ${where}`,
      )
    }
  }
}

const named: ReadonlySet<string> = new Set(['record', 'error', 'enum', 'fixed'])
