import { Fault, isObject, mismatch, tooDeep, within } from '../../codecs/values/fault.js'
import { takesNull } from '../../codecs/values/presence.js'
import { type FieldSchema, type MessageSchema, zeroOf } from '../../schema/message.js'
import type { OneOfCase, ValueType } from '../../schema/type.js'
import type { Compile, PageType } from './page-type.js'

type Json = Readonly<Record<string, unknown>>
type Fields = Record<string, unknown>

/** A field in the JSON of its message. */
interface PageField {
  readonly schema: FieldSchema
  /** Undefined for a oneOf, whose cases are fields of the message's JSON. */
  readonly entry: Entry | undefined
  readonly type: PageType
}

/** A message: an object of its fields. Names that it does not have are passed over. */
export class PageMessage implements PageType {
  private fields: readonly PageField[] = []

  constructor(
    private readonly schema: MessageSchema,
    private readonly depth: number,
  ) {}

  /** Called once. @param compile makes a type within it, which may be this one */
  complete(compile: Compile): void {
    this.fields = this.schema.fields.map(schema => {
      const type = compile(schema.type, schema.key)
      const entry = schema.type.kind === 'oneof' ? undefined : new Entry({ ...schema, type: schema.type }, type)
      return { schema, entry, type }
    })
  }

  write(value: unknown, depth: number): unknown {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    if (depth > this.depth) throw tooDeep(this.depth)
    const json = Object.create(null) as Fields
    for (const { schema, entry, type } of this.fields) {
      const one = value[schema.key]
      if (isAbsent(one, schema)) continue
      if (entry === undefined) Object.assign(json, type.write(one, depth + 1))
      else entry.write(json, one, depth + 1)
    }
    return json
  }

  read(json: unknown, depth: number): unknown {
    if (!isObject(json)) throw mismatch(`object (${this.schema.name})`, json)
    if (depth > this.depth) throw tooDeep(this.depth)
    const message = this.schema.create() as Fields
    for (const { schema, entry, type } of this.fields) {
      const value = (entry ?? type).read(json, depth + 1)
      message[schema.key] = value === undefined ? schema.makeDefault() : value
    }
    return message
  }
}

function isAbsent(value: unknown, { type, presence }: FieldSchema): boolean {
  if (value === undefined) return true
  if (value === null && !takesNull(type)) return true
  if (type.kind === 'enum' && !type.byNumber.has(0)) return false
  return presence === 'implicit' && isZero(value, zeroOf(type)())
}

/** Negative zero is not: it would arrive as 0. */
function isZero(value: unknown, zero: unknown): boolean {
  if (typeof zero !== 'object' || zero === null) return Object.is(value, zero)
  const { length, size = length } = value as { readonly length?: number; readonly size?: number }
  return size === 0
}

/** A name in the JSON of a message: a field, or a case of a oneOf. */
export class Entry {
  readonly name: string

  constructor(
    private readonly names: Omit<OneOfCase, 'number'>,
    private readonly type: PageType,
  ) {
    this.name = names.name
  }

  write(json: Fields, value: unknown, depth: number): void {
    const { jsonName } = this.names
    json[jsonName] = at(jsonName, () => this.type.write(value, depth))
  }

  /** @returns undefined if it is not there */
  read(json: Json, depth: number): unknown {
    const { jsonName } = this.names
    const value = this.valueIn(json)
    return value === undefined ? undefined : at(jsonName, () => this.type.read(value, depth))
  }

  /** The value under either name; undefined if there is none. */
  private valueIn(json: Json): unknown {
    const { name, jsonName, type } = this.names
    const own = (key: string) => (Object.hasOwn(json, key) ? json[key] : undefined)
    const [value, other] = [own(jsonName), name === jsonName ? undefined : own(name)]
    if (value !== undefined && other !== undefined)
      throw within(new Fault(`it is there twice, as ${name} too`), jsonName)
    const either = value === undefined ? other : value
    return either === null && !takesNull(type as ValueType) ? undefined : either
  }
}

/** Adds a step to the path of a Fault. */
export function at<T>(step: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw within(error, step)
  }
}
