import type { UnionType } from '../../schema/type.js'
import { isObject, mismatch, within } from '../values/fault.js'
import { Branches } from '../values/union.js'
import { type JsonType, scannedAsRead } from './value.js'

/** `{"string": "x"}`, as in Avro's JSON; null and one other type stand as they are. */
export function jsonUnion(type: UnionType, types: readonly JsonType[]): JsonType {
  const branches = new Branches(type, types)
  const only = types.length === 1 ? types[0] : undefined
  return scannedAsRead({
    write(writer, value, depth) {
      if (value === null && type.isNullable) writer.ascii('null')
      else if (only !== undefined) only.write(writer, value, depth)
      else {
        const branch = branches.of(value)
        writer.byte(0x7b)
        writer.text(branch.name)
        writer.byte(0x3a)
        branch.type.write(writer, value, depth)
        writer.comma()
        writer.close(0x7d)
      }
    },
    read(json, depth) {
      if (json === null && type.isNullable) return null
      if (only !== undefined) return only.read(json, depth)
      const [name, ...others] = isObject(json) ? Object.keys(json) : []
      if (name === undefined || others.length > 0) throw mismatch(`an object with one of ${branches.expected}`, json)
      try {
        return branches.named(name).type.read((json as Readonly<Record<string, unknown>>)[name], depth)
      } catch (error) {
        throw within(error, name)
      }
    },
  })
}
