import type { JsonObject } from './json-value.js'

/** The smallest part of a second that a time can hold. */
export type TimeUnit = 'millis' | 'micros' | 'nanos'

/** Bytes of one length. */
export interface FixedRefinement {
  /** What it is. */
  readonly kind: 'fixed'
  /** The number of bytes. */
  readonly size: number
  /** Its name in Avro. Default: that of its place. */
  readonly name?: string
  /** Its description in Avro. Default: none. */
  readonly doc?: string
  /** Custom properties of its schema in Avro. Default: none. */
  readonly properties?: JsonObject
}

/** A decimal number. */
export interface DecimalRefinement {
  /** What it is. */
  readonly kind: 'decimal'
  /** How many digits it has at most. */
  readonly precision: number
  /** How many of them follow the point. */
  readonly scale: number
  /** What holds it in Avro. Default: `bytes`. */
  readonly fixed?: FixedRefinement
}

/** A day of the calendar. */
export interface DateRefinement {
  /** What it is. */
  readonly kind: 'date'
}

/** A time in a unit. */
export interface UnitRefinement {
  /** What it is. */
  readonly kind: 'timeOfDay' | 'timestamp' | 'localTimestamp'
  /** Its smallest part of a second. */
  readonly unit: TimeUnit
}

/** A day, or a time in a unit. */
export type TimeRefinement = DateRefinement | UnitRefinement

/** Narrows a scalar to values of one form. Every codec that has no form of its own for them carries the scalar. */
export type Refinement = FixedRefinement | DecimalRefinement | TimeRefinement

/**
 * As it is written in TypeScript: `decimal(10, 2)`, `fixed(16, 'vault.Digest')`, `date`.
 * @param nameOf what the module calls the function; default: as it is
 * @param optionsOf the options of a `fixed`; default: none
 */
export function refinementText(
  refined: Refinement,
  nameOf = (name: string) => name,
  optionsOf: (fixed: FixedRefinement) => string | undefined = () => undefined,
): string {
  const called = nameOf(refined.kind)
  switch (refined.kind) {
    case 'fixed': {
      const name = refined.name === undefined ? undefined : `'${refined.name}'`
      return `${called}(${[refined.size, name, optionsOf(refined)].filter(part => part !== undefined).join(', ')})`
    }
    case 'decimal': {
      const { precision, scale, fixed } = refined
      return `${called}(${precision}, ${scale}${fixed === undefined ? '' : `, ${refinementText(fixed, nameOf, optionsOf)}`})`
    }
    case 'date':
      return called
    default:
      return `${called}('${refined.unit}')`
  }
}
