import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type {
  EnumType,
  ListType,
  MapType,
  OneOfType,
  ScalarType,
  SetType,
  UnionType,
  ValueType,
} from '../../schema/type.js'
import { branchName } from '../../schema/union.js'
import type { CodecOptions } from '../codec.js'
import { Fault, tooDeep, within } from '../values/fault.js'
import { identityOf } from '../values/identity.js'
import { isFlat } from '../values/list-room.js'
import { fieldsToFill } from '../values/presence.js'
import { elementCost, messageCost } from '../values/value-cost.js'
import { branchFor } from './branches.js'
import { listRead, mapRead, present } from './collection-reads.js'
import { hasNullBesides } from './presence.js'
import type { AvroReader } from './reader.js'
import { refinedRead } from './refined.js'
import { type AvroRead, enumKeyRead, enumRead, scalarRead } from './scalar-reads.js'
import { type AvroSchema, type EnumSchema, type RecordField, type RecordSchema, simpleName } from './schema.js'
import { AvroSkips } from './skips.js'

export type { AvroRead }

/**
 * Compiles the reading of a writer's schema as our types: schema resolution, also if the two schemas are the same. Fields match by name,
 * then by alias. A field that only the writer has is skipped; one that only we have takes its default. A value that cannot become ours is a
 * Fault when it arrives.
 *
 * One instance reads what one peer writes. The names of records and enums need not match, except within a union, where they choose the
 * branch. Source: Avro specification, "Schema Resolution".
 */
export class AvroReads {
  private readonly records = new Map<RecordSchema, Map<MessageSchema, AvroRead>>()
  /** Each is compiled once, since a peer can use one enum of many symbols in many records. */
  private readonly enums = new Map<EnumSchema, Map<EnumType, AvroRead>>()
  private readonly skips: AvroSkips
  /** Compile the records that have been met. */
  private readonly plans: (() => RecordPlan)[] = []

  constructor(private readonly options: CodecOptions) {
    this.skips = new AvroSkips(options.depth)
  }

  /** Compiles every record, also those that these contain. */
  prepare(): void {
    for (const planned of this.plans) planned()
  }

  message(writer: AvroSchema, schema: MessageSchema): AvroRead {
    if (writer.kind === 'union') return this.union(writer.branches, one => this.message(one, schema))
    if (writer.kind === 'null') return readNull
    if (writer.kind !== 'record') return unreadable(writer, schema.name)
    return once(this.records, writer, schema, () => this.record(writer.fields, schema))
  }

  /** The value of a method's reply. */
  value(writer: AvroSchema, type: ValueType): AvroRead {
    return this.field(writer, type)
  }

  skip(writer: AvroSchema): AvroRead {
    return this.skips.of(writer)
  }

  /** The parameters of an Avro message, as the fields of one of our messages. */
  parameters(writer: readonly RecordField[], schema: MessageSchema): AvroRead {
    return this.record(writer, schema)
  }

  /** Compiled when it is first read, since a peer can declare records nested without limit. */
  private record(writer: readonly RecordField[], schema: MessageSchema): AvroRead {
    const { depth: deepest, values } = this.options
    let made: RecordPlan | undefined
    const planned = (): RecordPlan => {
      made ??= this.plan(writer, schema)
      return made
    }
    this.plans.push(planned)
    return (from, depth) => {
      if (depth > deepest) throw tooDeep(deepest)
      const plan = made ?? planned()
      from.values.take(plan.cost, values)
      return readRecord(plan, from, { message: schema.create() as Record<string, unknown>, depth: depth + 1 })
    }
  }

  private plan(writer: readonly RecordField[], schema: MessageSchema): RecordPlan {
    const steps: FieldRead[] = []
    const fill = fieldsToFill(schema)
    const open = new Set(schema.fields)
    const names = new Set(writer.map(field => field.name))
    for (const { name, type } of writer) {
      const field = [...open].find(one => one.name === name || (one.aliases.includes(name) && !names.has(one.name)))
      if (field === undefined) {
        steps.push({ name, key: undefined, read: this.skips.of(type), ifNull: undefined })
        continue
      }
      open.delete(field)
      steps.push({
        name: field.type.kind === 'oneof' ? '' : field.name,
        key: field.key,
        read: this.field(type, field.type),
        ifNull: valueIfNull(field, fill.has(field)),
      })
    }
    const rest = [...open].filter(field => mustBeThere(field) || fill.has(field))
    return { steps, rest, cost: messageCost(schema) }
  }

  private field(writer: AvroSchema, type: ValueType): AvroRead {
    return type.kind === 'oneof' ? this.oneOf(writer, type) : this.type(writer, type)
  }

  private type(writer: AvroSchema, type: ValueType): AvroRead {
    if (writer.kind === 'union') return this.union(writer.branches, one => this.type(one, type))
    if (type.kind === 'union') return this.branch(writer, type)
    if (writer.kind === 'null') return readNull
    switch (type.kind) {
      case 'scalar':
        return this.scalar(writer, type) ?? unreadable(writer, type.refined?.kind ?? type.name)
      case 'enum':
        if (writer.kind !== 'enum') return unreadable(writer, type.name ?? 'enum')
        return once(this.enums, writer, type, () => enumRead(writer, type))
      case 'message':
        return this.message(writer, type.message)
      case 'list':
        return writer.kind === 'array' ? this.list(writer.items, type) : unreadable(writer, 'list')
      case 'set': {
        if (writer.kind !== 'array') return unreadable(writer, 'set')
        const read = this.list(writer.items, type)
        const identity = identityOf(type.element)
        return (from, depth) => from.values.setOf(read(from, depth), this.options.values, identity)
      }
      case 'map':
        return this.map(writer, type)
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }

  /** One of the branches, which are each one Avro type: the one of the same type, else the first that the writer's is promoted to. */
  private branch(writer: AvroSchema, { branches, isNullable }: UnionType): AvroRead {
    if (writer.kind === 'null') return isNullable ? () => null : readNull
    const branch = branchFor(writer, branches)
    return branch === undefined ? unreadable(writer, branches.map(branchName).join(' | ')) : this.type(writer, branch)
  }

  private scalar(writer: AvroSchema, { name, refined }: ScalarType): AvroRead | undefined {
    return refined === undefined ? scalarRead(writer, name, this.options.values) : refinedRead(writer, refined)
  }

  private list(
    writer: AvroSchema,
    { kind, element }: ListType | SetType,
  ): (from: AvroReader, depth: number) => unknown[] {
    const cost = kind === 'set' ? 1 : elementCost(element)
    return listRead(this.type(writer, element), { cost, isFlat: isFlat(element), limit: this.options.values })
  }

  /** Reads both forms of a map: an Avro map, and an array of records with `key` and `value`. */
  private map(writer: AvroSchema, type: MapType): AvroRead {
    const limit = this.options.values
    if (writer.kind === 'map') {
      const keyRead = this.type({ kind: 'string' }, type.key)
      return mapRead({ keyRead, valueRead: this.type(writer.values, type.value), limit })
    }
    const entry = writer.kind === 'array' ? writer.items : undefined
    if (entry?.kind !== 'record') return unreadable(writer, 'map')
    const [key, value] = entry.fields
    if (entry.fields.length !== 2 || key?.name !== 'key' || value?.name !== 'value') return unreadable(writer, 'map')
    const valueRead = this.type(value.type, type.value)
    if (key.type.kind === 'enum' && type.key.kind === 'enum')
      return mapRead({ keyRead: enumKeyRead(key.type, type.key), valueRead, limit })
    const read = this.type(key.type, type.key)
    const keyRead: AvroRead = (from, depth) => present(read(from, depth))
    return mapRead({ keyRead, valueRead, identity: identityOf(type.key), limit })
  }

  /** Each branch of the writer's union is a record whose one field is a case. An unknown case reads as absent. */
  private oneOf(writer: AvroSchema, type: OneOfType): AvroRead {
    if (writer.kind === 'union') return this.union(writer.branches, one => this.oneOf(one, type))
    if (writer.kind === 'null') return readNull
    const only = writer.kind === 'record' && writer.fields.length === 1 ? writer.fields[0] : undefined
    const one = type.cases.find(({ name }) => name === only?.name)
    if (only === undefined || one === undefined) {
      const skip = this.skips.of(writer)
      return (from, depth) => void skip(from, depth)
    }
    const read = this.type(only.type, one.type)
    const { name } = one
    return (from, depth) => {
      try {
        return { case: name, value: present(read(from, depth)) }
      } catch (error) {
        throw within(error, name)
      }
    }
  }

  private union(branches: readonly AvroSchema[], readOf: (branch: AvroSchema) => AvroRead): AvroRead {
    const reads = branches.map(readOf)
    return (from, depth) => {
      const index = from.int()
      const read = reads[index]
      if (read === undefined) throw new Fault(`a union without a branch ${index}`)
      return read(from, depth)
    }
  }
}

/** The compiled pair of a writer's schema and our type; `make` creates it on first use. */
function once<W, T>(made: Map<W, Map<T, AvroRead>>, writer: W, type: T, make: () => AvroRead): AvroRead {
  const known = made.get(writer) ?? new Map<T, AvroRead>()
  made.set(writer, known)
  const read = known.get(type) ?? make()
  known.set(type, read)
  return read
}

/** Holds what the loop needs of a field itself: reading it from the schema, whose objects have many shapes, takes a tenth longer. */
interface FieldRead {
  /** The field's step in the path of a Fault; empty if `read` adds its own. */
  readonly name: string
  /** Undefined if the field is skipped. */
  readonly key: string | undefined
  readonly read: AvroRead
  /** The value of the field when null is read; undefined if it stays as a new message has it. */
  readonly ifNull: (() => unknown) | undefined
}

interface RecordPlan {
  /** In the order of the writer's fields. */
  readonly steps: readonly FieldRead[]
  /** Fields that the writer does not have and whose default a new message lacks. */
  readonly rest: readonly FieldSchema[]
  readonly cost: number
}

interface Target {
  readonly message: Record<string, unknown>
  readonly depth: number
}

function readRecord({ steps, rest }: RecordPlan, from: AvroReader, target: Target): unknown {
  const { message } = target
  let at = 0
  try {
    for (; at < steps.length; at++) readField(steps[at] as FieldRead, from, target)
  } catch (error) {
    const { name } = steps[at] as FieldRead
    throw name === '' ? error : within(error, name)
  }
  for (const field of rest) {
    if (mustBeThere(field)) throw within(new Fault('it is required, but the peer has no such field'), field.name)
    message[field.key] = field.makeDefault()
  }
  return message
}

function readField({ key, read, ifNull }: FieldRead, from: AvroReader, { message, depth }: Target): void {
  const value = read(from, depth)
  if (key === undefined) return
  if (value !== undefined) message[key] = value
  else if (ifNull !== undefined) message[key] = ifNull()
}

/** @param fill whether a new message lacks the default */
function valueIfNull(field: FieldSchema, fill: boolean): (() => unknown) | undefined {
  if (field.presence === 'required') return requiredButNull
  if (hasNullBesides(field)) return readNull
  return fill ? () => field.makeDefault() : undefined
}

/** Whether it has no default for a peer that does not know it. */
function mustBeThere({ presence, noDefault }: FieldSchema): boolean {
  return presence === 'required' || noDefault === true
}

function requiredButNull(): never {
  throw new Fault('it is required, but null')
}

function readNull(): undefined {
  return undefined
}

function unreadable(writer: AvroSchema, expected: string): AvroRead {
  const what = 'name' in writer ? `${writer.kind} ${simpleName(writer.name)}` : writer.kind
  return () => {
    throw new Fault(`expected ${expected}, but the peer's schema has ${what.slice(0, 100)}`)
  }
}
