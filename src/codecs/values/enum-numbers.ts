import type { EnumType } from '../../schema/type.js'
import { enumLabel, Fault, mismatch, shortened } from './fault.js'
import { isInt32 } from './fits.js'

/**
 * An enum on a wire that carries its numbers. An open enum keeps an unknown number, in both directions. In a closed one, made of strings,
 * an unknown number counts as absent: a newer peer may have it.
 */
export class EnumNumbers {
  private readonly numbers: ReadonlyMap<unknown, number>
  private readonly expected: string

  constructor(private readonly type: EnumType) {
    this.numbers = new Map(type.values.map(({ value, number }) => [value as unknown, number]))
    this.expected = enumLabel(type)
  }

  /** @throws Fault if the value is not one of the enum */
  numberOf(value: unknown): number {
    const number = this.numbers.get(value) ?? value
    if (isInt32(number) && (this.type.open || this.numbers.has(value))) return number
    throw typeof value === 'string'
      ? new Fault(`expected ${this.expected}, got "${shortened(value)}"`)
      : mismatch(this.expected, value)
  }

  /** The value with that number; undefined if it counts as absent. */
  memberOf(number: number): unknown {
    return this.type.open ? number : this.type.byNumber.get(number)?.value
  }
}
