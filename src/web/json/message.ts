import { Fault, isObject, mismatch, tooDeep, within } from '../../codecs/values/fault.js'
import { Cases, type Choice } from '../../codecs/values/one-of.js'
import { fieldsToFill, isZeroOf, takesNull } from '../../codecs/values/presence.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { ValueType } from '../../schema/type.js'
import type { PageType } from './scalars.js'

type Json = Readonly<Record<string, unknown>>
type Fields = Record<string, unknown>

/** A name in the JSON of a message: a field, or a case of a oneOf. */
interface Entry {
  readonly name: string
  readonly jsonName: string
  readonly takesNull: boolean
  readonly type: PageType
}

interface FieldForm {
  readonly schema: FieldSchema
  /** One, or those of the cases of a oneOf. */
  readonly entries: readonly Entry[]
  /** Of a oneOf. */
  readonly cases: Cases<Entry> | undefined
  /** Whether the field is left out with this value. */
  readonly isZero: (value: unknown) => boolean
  /** Whether the class leaves its default to be set. */
  readonly fill: boolean
}

/** A message: an object of its fields. Names that it does not have are passed over. */
export class PageMessage implements PageType {
  private fields: readonly FieldForm[] = []

  constructor(
    private readonly schema: MessageSchema,
    private readonly depth: number,
  ) {}

  /** Called once. @param typeOf makes a type within it, which may be this one */
  complete(typeOf: (type: ValueType) => PageType): void {
    const fill = fieldsToFill(this.schema)
    this.fields = this.schema.fields.map(schema => {
      const parts = schema.type.kind === 'oneof' ? schema.type.cases : [{ ...schema, type: schema.type }]
      const entries = parts.map(({ name, jsonName, type }) => ({
        name,
        jsonName,
        takesNull: takesNull(type),
        type: typeOf(type),
      }))
      return {
        schema,
        entries,
        cases: schema.type.kind === 'oneof' ? new Cases(schema.key, entries) : undefined,
        isZero: schema.presence === 'implicit' ? isZeroOf(schema.type) : () => false,
        fill: fill.has(schema),
      }
    })
  }

  write(value: unknown, depth: number): unknown {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    if (depth > this.depth) throw tooDeep(this.depth)
    const json = Object.create(null) as Fields
    for (const { schema, entries, cases, isZero } of this.fields) {
      const field = value[schema.key]
      const entry = cases === undefined || !field ? (entries[0] as Entry) : cases.chosenBy(field as Choice)
      if (field === undefined || (field === null && (cases !== undefined || !entry.takesNull)) || isZero(field))
        continue
      json[entry.jsonName] = at(entry.jsonName, () =>
        entry.type.write(cases === undefined ? field : (field as Choice).value, depth + 1),
      )
    }
    return json
  }

  read(json: unknown, depth: number): unknown {
    if (!isObject(json)) throw mismatch(`object (${this.schema.name})`, json)
    if (depth > this.depth) throw tooDeep(this.depth)
    const message = this.schema.create() as Fields
    for (const { schema, entries, cases, fill } of this.fields) {
      let found: Entry | undefined
      let read: unknown
      for (const entry of entries) {
        const value = valueIn(json, entry)
        if (value === undefined) continue
        if (found !== undefined)
          throw within(new Fault(`only one of ${found.name} and ${entry.name} may be set`), schema.key)
        found = entry
        read = at(entry.jsonName, () => entry.type.read(value, depth + 1))
      }
      if (read !== undefined) message[schema.key] = cases === undefined ? read : { case: found?.name, value: read }
      else if (fill) message[schema.key] = schema.makeDefault()
    }
    return message
  }
}

/** The value under either name; undefined if there is none. */
function valueIn(json: Json, { name, jsonName, takesNull }: Entry): unknown {
  const own = (key: string) => (Object.hasOwn(json, key) ? json[key] : undefined)
  const [value, other] = [own(jsonName), name === jsonName ? undefined : own(name)]
  if (value !== undefined && other !== undefined)
    throw at(jsonName, () => new Fault(`it is there twice, as ${name} too`))
  const either = value === undefined ? other : value
  return either === null && !takesNull ? undefined : either
}

/** Adds a step to the path of a Fault. */
export function at<T>(step: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw within(error, step)
  }
}
