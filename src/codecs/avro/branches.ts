import type { ValueType } from '../../schema/type.js'
import { hasTextKeys } from './presence.js'
import { refinedRead } from './refined.js'
import { scalarRead } from './scalar-reads.js'
import { type AvroSchema, simpleName } from './schema.js'
import { scalarSchema } from './shape.js'

/** The type of a union that reads a writer's schema: the one of the same Avro type, else the first that it is promoted to. */
export function branchFor(writer: AvroSchema, branches: readonly ValueType[]): ValueType | undefined {
  return branches.find(one => isSame(writer, one)) ?? branches.find(one => isPromoted(writer, one))
}

/** Of records and enums the names decide, unless the union has only one. */
function isSame(writer: AvroSchema, type: ValueType): boolean {
  if (type.kind === 'scalar') {
    const own = scalarSchema(type, (schema, name) => ({ kind: 'fixed', name: name ?? '', ...schema }))
    if (own.kind !== writer.kind) return false
    return !('size' in own && 'size' in writer) || own.size === writer.size
  }
  const name = 'name' in writer ? simpleName(writer.name) : ''
  switch (type.kind) {
    case 'message':
      return writer.kind === 'record' && name === simpleName(type.message.name)
    case 'enum':
      return writer.kind === 'enum' && (type.name === undefined || name === simpleName(type.name))
    case 'map':
      return writer.kind === (hasTextKeys(type) ? 'map' : 'array')
    default:
      return writer.kind === 'array'
  }
}

function isPromoted(writer: AvroSchema, type: ValueType): boolean {
  if (type.kind === 'message') return writer.kind === 'record'
  if (type.kind === 'enum') return writer.kind === 'enum'
  return (
    type.kind === 'scalar' &&
    (type.refined ? refinedRead(writer, type.refined) : scalarRead(writer, type.name, 0)) !== undefined
  )
}
