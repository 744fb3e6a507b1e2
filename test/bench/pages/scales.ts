const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** One axis of a chart. */
export interface Scale {
  readonly ticks: readonly number[]
  /** Where a value lies: 0 at the start of the axis, 1 at its end. */
  place(value: number): number
}

/** From zero, with four to eight ticks at round numbers. */
export function linear(most: number): Scale {
  const power = 10 ** Math.floor(Math.log10(most / 4))
  const step = ([1, 2, 5, 10].find(one => most / (one * power) <= 6) ?? 10) * power
  const count = Math.ceil(most / step)
  return {
    ticks: Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6))),
    place: value => value / (count * step),
  }
}

/** A tick at each power of ten, from the one below the least to the one above the most. */
export function logarithmic(least: number, most: number): Scale {
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))]
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at)),
    place: value => (Math.log10(value) - first) / Math.max(1, last - first),
  }
}

/** Logarithmic, from the first of the sorted sizes to the last, with a tick at each. */
export function through(sizes: readonly number[]): Scale {
  const [first, last] = [Math.log(sizes[0] ?? 1), Math.log(sizes.at(-1) ?? 1)]
  return { ticks: sizes, place: size => (first === last ? 0 : (Math.log(size) - first) / (last - first)) }
}

/** `1,000`, or `16 KiB` where the axis counts bytes. */
export function sizeText(size: number, axis: string): string {
  if (axis !== 'bytes') return size.toLocaleString('en')
  const power = Math.min(3, Math.floor(Math.log2(size) / 10))
  return `${numbers.format(size / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB'][power]}`
}

export function valueText(value: number): string {
  return numbers.format(value)
}
