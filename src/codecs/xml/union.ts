import type { UnionType, ValueType } from '../../schema/type.js'
import { branchName } from '../../schema/union.js'
import { Fault, within } from '../values/fault.js'
import { Branches } from '../values/union.js'
import { tagOf, type XmlType } from './elements.js'

/** An element around one of its branch's name, `<item><string>x</string></item>`; null is an empty element. */
export function xmlUnion(type: UnionType, types: readonly XmlType[]): XmlType {
  const branches = new Branches(
    type,
    types.map((one, at) => ({ one, tag: tagOf(branchName(type.branches[at] as ValueType)) })),
  )
  return {
    write(tag, value, depth) {
      if (value === null && type.isNullable) return `${tag.open}/>`
      const branch = branches.of(value).type
      return tag.start + branch.one.write(branch.tag, value, depth) + tag.end
    },
    read(reader, depth) {
      let value: unknown
      let found = false
      while (reader.child()) {
        if (!reader.isKnown) {
          reader.skip()
          continue
        }
        const { name } = reader
        if (found) throw new Fault(`expected one of ${branches.expected}, got two elements`)
        found = true
        try {
          value = branches.named(name).type.one.read(reader, depth)
        } catch (error) {
          throw within(error, name)
        }
      }
      if (found) return value
      if (type.isNullable) return null
      throw new Fault(`expected one of ${branches.expected}, got an empty element`)
    },
  }
}
