import type { Refinement } from '../../schema/refinement.js'
import type { ScalarType } from '../../schema/type.js'
import { countOf, textOf } from './civil-time.js'
import { decimalText, unscaledOf } from './decimals.js'
import { Fault, mismatch } from './fault.js'

/** The canonical form of a value of a refined scalar, which two sides can compare. @throws Fault for any other value */
export type Refine = (value: unknown) => unknown

export function refineOf(refined: Refinement): Refine {
  if (refined.kind === 'fixed') {
    const { size } = refined
    return value => {
      if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
      if (value.length !== size) throw new Fault(`expected ${size} bytes, got ${value.length}`)
      return value
    }
  }
  const canonical =
    refined.kind === 'decimal'
      ? (text: string) => decimalText(unscaledOf(text, refined), refined)
      : (text: string) => textOf(countOf(text, refined), refined)
  return value => {
    if (typeof value !== 'string') throw mismatch(`${refined.kind} (a string)`, value)
    return canonical(value)
  }
}

/** A scalar whose canonical text every codec without a form of its own carries, also a timestamp. */
export function carrierOf({ name, refined }: ScalarType): ScalarType['name'] {
  return refined !== undefined && name === 'timestamp' ? 'string' : name
}
