import { Fault, tooDeep } from '../../codecs/values/fault.js'
import { misuse } from '../../core/rpc-error.js'
import type { MessageSchema } from '../../schema/message.js'
import type { MapType, ValueType } from '../../schema/type.js'
import { joined } from '../joined.js'
import { at } from '../json/message.js'
import { ProtoReader } from './reader.js'
import type { WireForm } from './scalars.js'
import type { ProtoWriter } from './writer.js'

export type Json = Record<string, unknown>

/** One field, or one case of a oneOf. */
interface WireField {
  readonly number: number
  readonly jsonName: string
  /** Of its values; of a map, of the entries' values. */
  readonly form: WireForm
  readonly kind: ValueType['kind']
  /** Of a map: of the entries' keys. */
  readonly keys: WireForm | undefined
  /** The other cases of its oneOf: the last that arrives wins. */
  readonly rivals: readonly string[]
}

/** A message: turns the JSON of pages into protobuf, and back. */
export class WireMessage implements WireForm {
  readonly wire = 2
  readonly merges = true
  private fields: readonly WireField[] = []
  private byNumber: ReadonlyMap<number, WireField> = new Map()

  constructor(
    private readonly schema: MessageSchema,
    private readonly depth: number,
  ) {}

  /** Called once. @param formOf makes a type within it, which may be this one */
  complete(formOf: (type: ValueType) => WireForm): void {
    const { name, fields } = this.schema
    this.fields = fields.flatMap(({ type, number, jsonName }) => {
      const parts = type.kind === 'oneof' ? type.cases : [{ type, number, jsonName }]
      return parts.map(part => {
        if (part.number === undefined)
          throw misuse('field_without_number', `${name}.${part.jsonName}: protobuf needs the number of the field`)
        const { kind } = part.type
        const element =
          kind === 'list' || kind === 'set' ? part.type.element : kind === 'map' ? part.type.value : part.type
        return {
          number: part.number,
          jsonName: part.jsonName,
          form: formOf(element),
          kind,
          keys: kind === 'map' ? formOf((part.type as MapType).key) : undefined,
          rivals: parts.flatMap(other => (other === part ? [] : [other.jsonName])),
        }
      })
    })
    this.byNumber = new Map(this.fields.map(field => [field.number, field]))
  }

  write(writer: ProtoWriter, json: unknown): void {
    for (const field of this.fields) {
      const value = (json as Json)[field.jsonName]
      if (value !== undefined) writeField(writer, field, value)
    }
  }

  read(reader: ProtoReader, depth: number): unknown {
    if (depth > this.depth) throw tooDeep(this.depth)
    const json = Object.create(null) as Json
    const unmerged = new Map<WireField, Uint8Array[]>()
    while (!reader.isAtEnd) {
      const tag = reader.tag()
      const field = this.byNumber.get(tag.number)
      if (field === undefined) {
        reader.skip(tag, this.depth - depth)
        continue
      }
      for (const rival of field.rivals) delete json[rival]
      at(field.jsonName, () => readField(reader, field, { json, wire: tag.wire, unmerged, depth: depth + 1 }))
    }
    for (const [{ jsonName, form }, chunks] of unmerged)
      if (json[jsonName] === chunks)
        json[jsonName] = at(jsonName, () => form.read(new ProtoReader(joined(chunks)), depth + 1))
    return json
  }
}

function writeField(writer: ProtoWriter, { number, form, kind, keys }: WireField, json: unknown): void {
  if (keys !== undefined) {
    for (const [key, value] of Object.entries(json as Json)) {
      writer.tag(number, 2)
      writer.delimited(entry => {
        writeValue(entry, 1, keys, key)
        writeValue(entry, 2, form, value)
      })
    }
  } else if (kind !== 'list' && kind !== 'set') writeValue(writer, number, form, json)
  else if (form.wire === 2) for (const one of json as unknown[]) writeValue(writer, number, form, one)
  else if ((json as unknown[]).length > 0) {
    writer.tag(number, 2)
    writer.delimited(packed => {
      for (const one of json as unknown[]) form.write(packed, one)
    })
  }
}

export function writeValue(writer: ProtoWriter, number: number, form: WireForm, json: unknown): void {
  writer.tag(number, form.wire)
  if (form.wire === 2) writer.delimited(inner => form.write(inner, json))
  else form.write(writer, json)
}

export function readValue(reader: ProtoReader, form: WireForm, depth: number): unknown {
  return form.read(form.wire === 2 ? new ProtoReader(reader.delimited()) : reader, depth)
}

interface Arriving {
  readonly json: Json
  readonly wire: number
  /** The bytes of singular messages, which are read as one when all have come. */
  readonly unmerged: Map<WireField, Uint8Array[]>
  readonly depth: number
}

function readField(reader: ProtoReader, field: WireField, { json, wire, unmerged, depth }: Arriving): void {
  const { jsonName, form, kind, keys } = field
  const isList = kind === 'list' || kind === 'set'
  const isPacked = isList && wire === 2 && form.wire !== 2
  if (!isPacked && wire !== (keys === undefined ? form.wire : 2)) throw wrongWire(wire)
  if (keys !== undefined) {
    const [key, value] = readEntry(new ProtoReader(reader.delimited()), [keys, form], depth)
    json[jsonName] ??= Object.create(null)
    ;(json[jsonName] as Json)[String(key)] = value
  } else if (isList) {
    json[jsonName] ??= []
    const source = isPacked ? new ProtoReader(reader.delimited()) : reader
    do {
      if (!isPacked || !source.isAtEnd) (json[jsonName] as unknown[]).push(readValue(source, form, depth))
    } while (isPacked && !source.isAtEnd)
  } else if (form.merges) {
    if (json[jsonName] === undefined) unmerged.set(field, [])
    const chunks = unmerged.get(field) as Uint8Array[]
    chunks.push(reader.delimited())
    json[jsonName] = chunks
  } else json[jsonName] = readValue(reader, form, depth)
}

/** The values of the fields 1 and 2 of a message; those that are not there are zero. */
export function readEntry(reader: ProtoReader, forms: readonly [WireForm, WireForm], depth: number): unknown[] {
  const zeros = new ProtoReader(new Uint8Array(8))
  const values: unknown[] = []
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    const form = forms[tag.number - 1]
    if (form === undefined) reader.skip(tag, depth)
    else if (form.wire !== tag.wire) throw wrongWire(tag.wire)
    else values[tag.number - 1] = readValue(reader, form, depth)
  }
  return forms.map(
    (form, index) => values[index] ?? form.read(form.wire === 2 ? new ProtoReader(new Uint8Array(0)) : zeros, depth),
  )
}

export function wrongWire(wire: number): Fault {
  return new Fault(`wire type ${wire} where the field has another`)
}
