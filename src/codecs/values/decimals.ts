import type { DecimalRefinement } from '../../schema/refinement.js'
import { Fault } from './fault.js'

/** Longer text is refused before its digits are read, which takes longer than linear. */
const maxText = 2048
const form = /^(-?)(\d+)(?:\.(\d+))?$/

/** The number without its point: 123450 of `1234.50` with scale 2. @throws Fault, also if it has more digits than the type */
export function unscaledOf(text: string, refined: DecimalRefinement): bigint {
  const match = text.length > maxText ? null : form.exec(text)
  if (match === null) throw new Fault(`expected decimal, got text that is not of the form -1234.50`)
  const [, sign, whole, digits = ''] = match
  const { scale } = refined
  if (/[1-9]/.test(digits.slice(scale)))
    throw new Fault(`expected decimal with ${scale} digits after the point, got more; round it`)
  const unscaled = BigInt(whole + digits.slice(0, scale).padEnd(scale, '0'))
  return inPrecision(sign === '-' ? -unscaled : unscaled, refined)
}

/** The canonical text of it. @throws Fault if it has more digits than the type */
export function decimalText(unscaled: bigint, refined: DecimalRefinement): string {
  inPrecision(unscaled, refined)
  const { scale } = refined
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

/** The same number with another scale. @throws Fault if digits would be lost */
export function rescaled(unscaled: bigint, from: number, to: number): bigint {
  if (from <= to) return unscaled * 10n ** BigInt(to - from)
  const factor = 10n ** BigInt(from - to)
  if (unscaled % factor === 0n) return unscaled / factor
  throw new Fault(`expected decimal with ${to} digits after the point, got more`)
}

function inPrecision(unscaled: bigint, { precision }: DecimalRefinement): bigint {
  const limit = 10n ** BigInt(precision)
  if (unscaled < limit && unscaled > -limit) return unscaled
  throw new Fault(`expected decimal of at most ${precision} digits, got more`)
}
