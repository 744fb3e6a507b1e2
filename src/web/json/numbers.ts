import { Fault, mismatch } from '../../codecs/values/fault.js'
import { maxFloat } from '../../codecs/values/scalar-forms.js'
import type { ScalarName, ScalarType } from '../../schema/type.js'
import type { PageType } from './page-type.js'

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const special = /^(?:NaN|-?Infinity)$/

/** The least and the largest value of the integers that are numbers, by their names. */
const ranges: Readonly<Partial<Record<ScalarName, readonly [number, number]>>> = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  sint32: [-2_147_483_648, 2_147_483_647],
  sfixed32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  fixed32: [0, 4_294_967_295],
}

function numberOf(json: unknown): unknown {
  return typeof json === 'string' && json.length <= 400 && numberForm.test(json) ? Number(json) : json
}

export function floatForm({ name }: ScalarType): PageType {
  const max = name === 'float' ? maxFloat : Number.MAX_VALUE
  const checked = (value: number) => {
    if (Math.abs(value) <= max) return value
    throw new Fault(`expected ${name}, got a number out of its range`)
  }
  return {
    write(value) {
      if (typeof value !== 'number') throw mismatch(name, value)
      if (!Number.isFinite(value)) return String(value)
      return Object.is(value, -0) ? '-0' : checked(value)
    },
    read(json) {
      if (special.test(json as string)) return Number(json)
      const value = numberOf(json)
      if (typeof value !== 'number') throw mismatch(name, json)
      return checked(value)
    },
  }
}

/** At most 32 bits. */
export function integerForm({ name }: ScalarType): PageType {
  const [min, max] = ranges[name] ?? [0, 0]
  const checked = (value: unknown, from: unknown) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return (value as number) + 0
    throw mismatch(name, from)
  }
  return { write: value => checked(value, value), read: json => checked(numberOf(json), json) }
}
