/** The load of an open loop. Rates are calls a second. */
export interface Schedule {
  readonly rate: number
  /** The rate at the end; the rate between grows or falls in a line. Default: `rate`. */
  readonly endRate?: number
  /** Milliseconds. */
  readonly duration: number
  /** This generator sends each `of`th call, from the call number `index` on, so that several can share one load. */
  readonly share: Share
  /** Random arrivals (a Poisson process); undefined: evenly spread. From 0 up to but not including 1. */
  readonly random: (() => number) | undefined
}

export interface Share {
  readonly index: number
  readonly of: number
}

/** When calls are due, in milliseconds from the start. */
export function* arrivals({ rate, endRate = rate, duration, share, random }: Schedule): Iterable<number> {
  const [first, last] = [rate / 1000, endRate / 1000]
  const total = ((first + last) / 2) * duration
  const growth = (2 * (last - first)) / duration
  const gap = random === undefined ? () => share.of : () => -Math.log(1 - random()) * share.of
  // Half a call of tolerance, so that the sum of fractions does not decide over one more.
  const end = random === undefined ? total - 0.5 : total
  // After t milliseconds n = first * t + growth * t^2 / 4 calls were due. This is t, in the form that holds for a growth of 0, too.
  for (let n = random === undefined ? share.index : gap(); n <= end; n += gap())
    yield (2 * n) / (first + Math.sqrt(first * first + growth * n))
}
