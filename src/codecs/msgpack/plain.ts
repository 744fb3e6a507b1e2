import { Fault, isOverLimit } from '../values/fault.js'
import { readPlain, writePlain } from './plain-values.js'
import type { PackType } from './scalars.js'

/**
 * The value of a field with a `@Transform`: of the field's type if it fits, else as it is.
 * @param limit `limits.values`
 */
export function loosePack(type: PackType, limit: number): PackType {
  return {
    write(writer, value, depth) {
      const { size } = writer
      try {
        type.write(writer, value, depth)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        writer.truncate(size)
        writePlain(writer, value, error)
      }
    },
    read(reader, depth) {
      const { position } = reader
      try {
        const value = type.read(reader, depth)
        if (value !== undefined) return value
      } catch (error) {
        if (!(error instanceof Fault) || isOverLimit(error)) throw error
      }
      reader.goBack(position)
      return readPlain(reader, limit, null)
    },
  }
}
