import type { FieldSchema } from '../../schema/message.js'
import type { OneOfCase } from '../../schema/type.js'
import { Fault, within } from '../values/fault.js'
import { Cases, type Choice } from '../values/one-of.js'
import { isLeftOutOf, takesNull } from '../values/presence.js'
import type { JsonType } from './value.js'
import type { JsonWriter } from './writer.js'

type Json = Readonly<Record<string, unknown>>
type Fields = Record<string, unknown>

/** One field of a message. */
export interface FieldJson {
  /** Its entries in the JSON of the message: one, or one per case of a oneOf. */
  readonly entries: readonly JsonEntry[]
  /** Writes `"name":value,`, or nothing if the field is absent. */
  write(writer: JsonWriter, message: Json, depth: number): void
  /** Sets the property from the JSON of the message. */
  read(json: Json, message: Fields, depth: number): void
}

/** A name and the type of its value. */
export interface JsonEntry extends Names {
  readonly type: JsonType
  /** The property. */
  readonly key: string
  /** The case of a oneOf; undefined for a plain field. */
  readonly caseName: string | undefined
}

export interface Names {
  readonly name: string
  readonly jsonName: string
  /** `"name":` in UTF-8 */
  readonly prefix: Uint8Array
  /** Whether every object inherits a property of this name (`toString`), so that only own properties count. */
  readonly isInherited: boolean
  /** Whether null is a value. Otherwise it counts as absent. */
  readonly takesNull: boolean
}

export function names({ name, jsonName, type }: FieldSchema | OneOfCase): Names {
  const isInherited = name in Object.prototype || jsonName in Object.prototype
  const prefix = Buffer.from(`${JSON.stringify(jsonName)}:`)
  return { name, jsonName, prefix, isInherited, takesNull: takesNull(type) }
}

/** The value under either name; undefined if there is none. */
function lookup(json: Json, names: Names): unknown {
  const value = eitherOf(json, names)
  return value === null && !names.takesNull ? undefined : value
}

function eitherOf(json: Json, { name, jsonName, isInherited }: Names): unknown {
  if (isInherited) return own(json, jsonName) ?? own(json, name)
  const value = json[jsonName]
  if (name === jsonName) return value
  const other = json[name]
  if (value === undefined) return other
  if (other !== undefined) throw within(new Fault(`it is there twice, as ${name} too`), jsonName)
  return value
}

function own(json: Json, name: string): unknown {
  return Object.hasOwn(json, name) ? json[name] : undefined
}

export class PlainField implements FieldJson {
  readonly entries: readonly JsonEntry[]
  private readonly key: string
  private readonly names: Names
  private readonly isZero: ((value: unknown) => boolean) | undefined

  constructor(
    private readonly field: FieldSchema,
    private readonly fill: boolean,
    private readonly type: JsonType,
  ) {
    this.key = field.key
    this.names = names(field)
    this.isZero = field.presence === 'implicit' ? isLeftOutOf(field.type) : undefined
    this.entries = [{ ...this.names, type, key: field.key, caseName: undefined }]
  }

  write(writer: JsonWriter, message: Json, depth: number): void {
    const value = message[this.key]
    if (value === undefined || (value === null && !this.names.takesNull) || this.isZero?.(value)) return
    try {
      writer.raw(this.names.prefix)
      this.type.write(writer, value, depth)
      writer.comma()
    } catch (error) {
      throw within(error, this.names.jsonName)
    }
  }

  read(json: Json, message: Fields, depth: number): void {
    const value = lookup(json, this.names)
    let read: unknown
    try {
      if (value !== undefined) read = this.type.read(value, depth)
    } catch (error) {
      throw within(error, this.names.jsonName)
    }
    if (read !== undefined) message[this.key] = read
    else if (this.fill) message[this.key] = this.field.makeDefault()
  }
}

export interface CaseJson extends Names {
  readonly type: JsonType
}

export class OneOfField implements FieldJson {
  readonly entries: readonly JsonEntry[]
  private readonly byName: Cases<CaseJson>

  constructor(
    private readonly field: FieldSchema,
    private readonly fill: boolean,
    private readonly cases: readonly CaseJson[],
  ) {
    this.byName = new Cases(field.key, cases)
    this.entries = cases.map(one => ({ ...one, key: field.key, caseName: one.name }))
  }

  write(writer: JsonWriter, message: Json, depth: number): void {
    const value = message[this.field.key] as Choice | undefined | null
    if (value === undefined || value === null) return
    const one = this.byName.chosenBy(value)
    try {
      writer.raw(one.prefix)
      one.type.write(writer, value.value, depth)
      writer.comma()
    } catch (error) {
      throw within(error, one.jsonName)
    }
  }

  read(json: Json, message: Fields, depth: number): void {
    let found: string | undefined
    let read: unknown
    for (const one of this.cases) {
      const value = lookup(json, one)
      if (value === undefined) continue
      if (found !== undefined)
        throw within(new Fault(`only one of ${found} and ${one.name} may be set`), this.field.key)
      found = one.name
      try {
        read = one.type.read(value, depth)
      } catch (error) {
        throw within(error, one.jsonName)
      }
    }
    if (read !== undefined) message[this.field.key] = { case: found, value: read }
    else if (this.fill) message[this.field.key] = this.field.makeDefault()
  }
}
