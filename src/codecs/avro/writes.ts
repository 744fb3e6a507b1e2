import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { MapType, OneOfType, UnionType, ValueType } from '../../schema/type.js'
import { Fault, isObject, keyStep, mismatch, tooDeep, within } from '../values/fault.js'
import { Cases, type Choice } from '../values/one-of.js'
import { takesNull } from '../values/presence.js'
import { Branches } from '../values/union.js'
import { hasNullBesides, hasTextKeys, nullIn } from './presence.js'
import { refinedWrite } from './refined.js'
import { type AvroWrite, enumWrite, scalarWrite } from './scalar-writes.js'
import { type AvroSchema, branchOf, type RecordField, simpleName } from './schema.js'
import { timestampWrite } from './time-units.js'
import type { AvroWriter } from './writer.js'

export type { AvroWrite }

/** Compiles the writing of our types, in the form that AvroShapes gives them; each message once, since they may be recursive. */
export class AvroWrites {
  /** By message, and by the peer's schema of it. */
  private readonly messages = new Map<MessageSchema, Map<AvroSchema | undefined, AvroWrite>>()

  /** @param depth of messages within messages, at most */
  constructor(private readonly depth: number) {}

  /** @param reader the peer's schema, whose units timestamps have; default: our own */
  message(schema: MessageSchema, reader?: AvroSchema): AvroWrite {
    const known = this.messages.get(schema) ?? new Map<AvroSchema | undefined, AvroWrite>()
    this.messages.set(schema, known)
    const record = branchOf(reader, 'record')
    const made = known.get(record)
    if (made !== undefined) return made
    const fields: FieldWrite[] = []
    const write = messageWrite(schema, fields, this.depth)
    known.set(
      record,
      record === undefined ? write : this.lazily(() => void fields.push(...this.fields(schema, record.fields)), write),
    )
    if (record === undefined) fields.push(...this.fields(schema))
    return known.get(record) as AvroWrite
  }

  /** Compiled when it is first written, since a peer can declare records nested without limit. */
  private lazily(compile: () => void, write: AvroWrite): AvroWrite {
    let isCompiled = false
    return (out, value, depth) => {
      if (!isCompiled && depth <= this.depth) {
        isCompiled = true
        compile()
      }
      write(out, value, depth)
    }
  }

  /** @param reader the peer's fields */
  fields(schema: MessageSchema, reader: readonly RecordField[] = []): FieldWrite[] {
    const byName = new Map(reader.flatMap(one => [one.name, ...one.aliases].map(name => [name, one.type])))
    return schema.fields.map(field => {
      const made = this.field(field, byName.get(field.name))
      // A caller leaves out an argument for its default; a field is absent only if its owner says so.
      const isLeftOut = schema.class === undefined && hasNullBesides(field)
      return isLeftOut ? { ...made, write: argument(made.write, field) } : made
    })
  }

  field(field: FieldSchema, reader?: AvroSchema): FieldWrite {
    const { key, name } = field
    if (field.type.kind === 'oneof') return { key, name: '', write: this.oneOf(field.type, field, reader) }
    const place = nullIn(field)
    if (field.type.kind === 'union' && place !== undefined)
      return { key, name, write: nullableUnion(this.union(field.type, reader, place)) }
    const write = this.type(field.type, reader)
    if (place !== undefined) return { key, name, write: nullable(write, field, place) }
    const isRequired = field.presence === 'required' || (field.presence === 'explicit' && field.alwaysPresent === true)
    return { key, name, write: isRequired ? required(write, field) : defaulted(write, field) }
  }

  type(type: ValueType, reader?: AvroSchema): AvroWrite {
    switch (type.kind) {
      case 'scalar':
        if (type.refined !== undefined) return refinedWrite(type.refined, reader)
        return type.name === 'timestamp' && reader !== undefined ? timestampWrite(reader) : scalarWrite(type.name)
      case 'enum':
        return enumWrite(type)
      case 'message':
        return this.message(type.message, reader)
      case 'list':
        return listWrite(this.type(type.element, branchOf(reader, 'array')?.items))
      case 'set':
        return setWrite(this.type(type.element, branchOf(reader, 'array')?.items))
      case 'map':
        return this.map(type, reader)
      case 'union':
        return this.union(type, reader, type.isNullable ? (type.nullAt ?? 0) : undefined)
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }

  /** A map and an array of entries differ only in their schemas. */
  private map(type: MapType, reader?: AvroSchema): AvroWrite {
    if (hasTextKeys(type))
      return mapWrite(scalarWrite('string'), this.type(type.value, branchOf(reader, 'map')?.values))
    const entry = branchOf(branchOf(reader, 'array')?.items, 'record')?.fields ?? []
    const typeOf = (name: string) => entry.find(one => one.name === name)?.type
    return mapWrite(this.type(type.key, typeOf('key')), this.type(type.value, typeOf('value')))
  }

  /** @param nullAt undefined: null is not a value */
  private union(type: UnionType, reader: AvroSchema | undefined, nullAt: number | undefined): AvroWrite {
    const readers = reader?.kind === 'union' ? reader.branches : []
    const recordOf = (branch: ValueType) =>
      branch.kind === 'message'
        ? readers.find(one => one.kind === 'record' && simpleName(one.name) === simpleName(branch.message.name))
        : reader
    const writes = type.branches.map(branch => this.type(branch, recordOf(branch)))
    const branches = new Branches(type, writes)
    const nullIndex = Math.min(nullAt ?? writes.length, writes.length)
    return (out, value, depth) => {
      if (nullAt !== undefined && value === null) {
        out.int(nullIndex)
        return
      }
      const at = branches.at(value)
      out.int(at < nullIndex ? at : at + 1)
      ;(writes[at] as AvroWrite)(out, value, depth)
    }
  }

  private oneOf({ cases }: OneOfType, field: FieldSchema, reader?: AvroSchema): AvroWrite {
    const branches = reader?.kind === 'union' ? reader.branches : []
    const typeOf = (name: string) =>
      branches.flatMap(one => (one.kind === 'record' ? one.fields : [])).find(one => one.name === name)?.type
    const byName = new Cases(
      field.name,
      cases.map(({ name, type }, at) => ({ name, index: at + 1, write: this.type(type, typeOf(name)) })),
    )
    return (out, value, depth) => {
      if (value === undefined || value === null) {
        if (field.presence === 'required') throw within(new Fault('it is required, but absent'), field.name)
        out.int(0)
        return
      }
      const choice = value as Choice
      const one = byName.chosenBy(choice)
      out.int(one.index)
      try {
        one.write(out, choice.value, depth)
      } catch (error) {
        throw within(error, one.name)
      }
    }
  }
}

export interface FieldWrite {
  readonly key: string
  /** The field's step in the path of a Fault; empty if `write` adds its own. */
  readonly name: string
  readonly write: AvroWrite
}

function messageWrite(schema: MessageSchema, fields: readonly FieldWrite[], maxDepth: number): AvroWrite {
  return (out, value, depth) => {
    if (!isObject(value)) throw mismatch(schema.name, value)
    if (depth > maxDepth) throw tooDeep(maxDepth)
    writeFields(fields, out, value, depth + 1)
  }
}

export function writeFields(
  fields: readonly FieldWrite[],
  out: AvroWriter,
  values: Readonly<Record<string, unknown>>,
  depth: number,
): void {
  let at = 0
  try {
    for (; at < fields.length; at++) {
      const field = fields[at] as FieldWrite
      field.write(out, values[field.key], depth)
    }
  } catch (error) {
    const { name } = fields[at] as FieldWrite
    throw name === '' ? error : within(error, name)
  }
}

function nullable(write: AvroWrite, { type, makeDefault }: FieldSchema, nullIndex: number): AvroWrite {
  const absent = makeDefault() === '' ? '' : undefined
  const keepsNull = takesNull(type)
  const index = nullIndex === 0 ? 1 : 0
  return (out, value, depth) => {
    if (value === undefined || (value === null && !keepsNull) || value === absent) {
      out.int(nullIndex)
      return
    }
    out.int(index)
    write(out, value, depth)
  }
}

function argument(write: AvroWrite, { makeDefault }: FieldSchema): AvroWrite {
  return (out, value, depth) => write(out, value === undefined ? makeDefault() : value, depth)
}

/** A field may be absent; an element is null. */
function nullableUnion(write: AvroWrite): AvroWrite {
  return (out, value, depth) => write(out, value ?? null, depth)
}

function required(write: AvroWrite, { type }: FieldSchema): AvroWrite {
  const keepsNull = takesNull(type)
  return (out, value, depth) => {
    if (value === undefined || (value === null && !keepsNull)) throw new Fault('it is required, but absent')
    write(out, value, depth)
  }
}

function defaulted(write: AvroWrite, { makeDefault }: FieldSchema): AvroWrite {
  return (out, value, depth) => write(out, value === undefined || value === null ? makeDefault() : value, depth)
}

function listWrite(element: AvroWrite): AvroWrite {
  return (out, value, depth) => {
    if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
    writeBlock(out, value, value.length, item => element(out, item, depth))
  }
}

function setWrite(element: AvroWrite): AvroWrite {
  return (out, value, depth) => {
    if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
    writeBlock(out, value, value.size, item => element(out, item, depth))
  }
}

/** Writes all values in one block, and the empty block that ends an array. */
function writeBlock(out: AvroWriter, values: Iterable<unknown>, count: number, write: (value: unknown) => void): void {
  if (count > 0) out.long(count)
  let at = 0
  try {
    for (const value of values) {
      write(value)
      at++
    }
  } catch (error) {
    throw within(error, `[${at}]`)
  }
  out.int(0)
}

function mapWrite(key: AvroWrite, entry: AvroWrite): AvroWrite {
  return (out, value, depth) => {
    if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
    if (value.size > 0) out.long(value.size)
    for (const [name, one] of value) {
      try {
        key(out, name, depth)
        entry(out, one, depth)
      } catch (error) {
        throw within(error, keyStep(name))
      }
    }
    out.int(0)
  }
}
