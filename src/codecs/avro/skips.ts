import { Fault, tooDeep } from '../values/fault.js'
import type { AvroReader } from './reader.js'
import type { AvroSchema, RecordSchema } from './schema.js'

/** Steps over a value of one schema. @throws Fault */
export type AvroSkip = (from: AvroReader, depth: number) => void

/** Compiles how to step over values. A record is compiled once, when it is first met: a peer can declare records nested without limit. */
export class AvroSkips {
  private readonly records = new Map<RecordSchema, AvroSkip>()

  /** @param depth of records within records, at most */
  constructor(private readonly depth: number) {}

  of(schema: AvroSchema): AvroSkip {
    switch (schema.kind) {
      case 'null':
        return () => {}
      case 'boolean':
        return from => void from.boolean()
      case 'int':
      case 'long':
        return from => from.skipVarint()
      case 'float':
        return from => from.skip(4)
      case 'double':
        return from => from.skip(8)
      case 'bytes':
      case 'string':
        return from => from.skip(from.size())
      case 'fixed':
        return from => from.skip(schema.size)
      case 'enum':
        return from => from.skipVarint()
      case 'array':
        return blocks(this.of(schema.items))
      case 'map': {
        const value = this.of(schema.values)
        return blocks((from, depth) => {
          from.skip(from.size())
          value(from, depth)
        })
      }
      case 'union':
        return union(schema.branches.map(branch => this.of(branch)))
      case 'record':
        return this.record(schema)
    }
  }

  private record(schema: RecordSchema): AvroSkip {
    const known = this.records.get(schema)
    if (known !== undefined) return known
    let fields: readonly AvroSkip[] | undefined
    const skip: AvroSkip = (from, depth) => {
      if (depth > this.depth) throw tooDeep(this.depth)
      fields ??= schema.fields.map(field => this.of(field.type))
      const start = from.position
      for (const field of fields) field(from, depth + 1)
      if (from.position === start) from.countEmpty()
    }
    this.records.set(schema, skip)
    return skip
  }
}

function blocks(item: AvroSkip): AvroSkip {
  return (from, depth) => {
    for (let count = from.block(); count > 0; count = from.block()) {
      for (; count > 0; count--) {
        const start = from.position
        item(from, depth)
        if (from.position === start) from.countEmpty()
      }
    }
  }
}

function union(branches: readonly AvroSkip[]): AvroSkip {
  return (from, depth) => {
    const index = from.int()
    const branch = branches[index]
    if (branch === undefined) throw new Fault(`a union without a branch ${index}`)
    branch(from, depth)
  }
}
