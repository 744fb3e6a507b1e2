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
 */
export function refinementText(refined: Refinement, nameOf = (name: string) => name): string {
  const called = nameOf(refined.kind)
  switch (refined.kind) {
    case 'fixed':
      return `${called}(${refined.size}${refined.name === undefined ? '' : `, '${refined.name}'`})`
    case 'decimal': {
      const { precision, scale, fixed } = refined
      return `${called}(${precision}, ${scale}${fixed === undefined ? '' : `, ${refinementText(fixed, nameOf)}`})`
    }
    case 'date':
      return called
    default:
      return `${called}('${refined.unit}')`
  }
}
