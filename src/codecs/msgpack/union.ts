import type { UnionType } from '../../schema/type.js'
import { Fault, within } from '../values/fault.js'
import { Branches } from '../values/union.js'
import type { PackType } from './scalars.js'

/** A map of one entry, the branch's name and its value; nil and one other type stand as they are. */
export function packUnion(type: UnionType, types: readonly PackType[]): PackType {
  const branches = new Branches(type, types)
  const only = types.length === 1 ? types[0] : undefined
  return {
    write(writer, value, depth) {
      if (value === null && type.isNullable) writer.nil()
      else if (only !== undefined) only.write(writer, value, depth)
      else {
        const branch = branches.of(value)
        writer.map(1)
        writer.text(branch.name)
        branch.type.write(writer, value, depth)
      }
    },
    read(reader, depth) {
      if (type.isNullable && reader.nil()) return null
      if (only !== undefined) return only.read(reader, depth)
      const size = reader.map(`map (${branches.expected})`)
      if (size !== 1) throw new Fault(`expected a map of one entry, got one of ${size}`)
      const name = reader.text('the name of a type')
      try {
        return branches.named(name).type.read(reader, depth)
      } catch (error) {
        throw within(error, name)
      }
    },
  }
}
