import { type Measure, measures } from './measures.js'

/** The figures of one turn, or of whatever else is repeated. */
export type RoundOf<M extends Measure> = { readonly [measure in M]?: number | undefined }

/** One contender in every round, in order. */
export interface Measured<M extends Measure = Measure> {
  readonly name: string
  readonly rounds: readonly RoundOf<M>[]
  /** Where it stands on the axis of the result. */
  readonly size?: number
  /** The contender that its ratios are to; default: that of the whole result. */
  readonly reference?: string
}

/** The middle of all rounds, and the middle half of them. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface ResultRow {
  readonly name: string
  readonly reference?: string
  readonly size?: number
  readonly figures: { readonly [measure in Measure]?: Spread }
  /** To the reference, within each round. */
  readonly ratios: { readonly [measure in Measure]?: Spread }
}

/** One table: contenders at one kind of work. */
export interface Result {
  /** The benchmark and the work, such as `grpc.unary`. */
  readonly id: string
  readonly title: string
  /** What grows from row to row, if these are points of a curve: `connections`, `bytes`. Each row has its size then. */
  readonly axis?: string
  readonly rows: readonly ResultRow[]
}

export interface ResultHeader {
  readonly id: string
  readonly title: string
  /** The contender that ratios are to; default: none. */
  readonly reference?: string
  readonly axis?: string
}

export function resultOf({ id, title, reference, axis }: ResultHeader, contenders: readonly Measured[]): Result {
  const rows = contenders.map(one => {
    const other = contenders.find(({ name }) => name === (one.reference ?? reference))
    const figures: { [measure in Measure]?: Spread } = {}
    const ratios: { [measure in Measure]?: Spread } = {}
    for (const measure of Object.keys(measures) as Measure[]) {
      const own = one.rounds.flatMap(round => round[measure] ?? [])
      if (own.length === 0) continue
      figures[measure] = spreadOf(own)
      const compared = own.flatMap((figure, at) => figure / (other?.rounds[at]?.[measure] ?? Number.NaN))
      if (measures[measure].tolerance !== undefined && compared.every(ratio => !Number.isNaN(ratio)))
        ratios[measure] = spreadOf(compared)
    }
    return {
      name: one.name,
      ...(other !== undefined && { reference: other.name }),
      ...(one.size !== undefined && { size: one.size }),
      figures,
      ratios,
    }
  })
  return { id, title, ...(axis !== undefined && { axis }), rows }
}

function spreadOf(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

/** To four digits, which is more than a measurement holds. */
function quantile(sorted: readonly number[], q: number): number {
  const place = (sorted.length - 1) * q
  const [below = Number.NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return Number((below + (above - below) * (place % 1)).toPrecision(4))
}
