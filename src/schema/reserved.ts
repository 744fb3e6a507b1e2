/** Field numbers, ranges of them such as `'9-11'` and `'100-max'`, and names, which no field may have. */
export type Reserved = readonly (number | string)[]

/** The smallest field number, that of Thrift's 16-bit field ids. Protobuf's begin at 1. */
export const minFieldNumber = -(2 ** 15)

/** The largest field number. Source: protobuf language guide, "Assigning Field Numbers". */
export const maxFieldNumber = 2 ** 29 - 1

const range = /^(\d+)-(\d+|max)$/

/** The first and the last number of an entry; undefined for a name. */
export function reservedRange(entry: number | string): readonly [first: number, last: number] | undefined {
  if (typeof entry === 'number') return [entry, entry]
  const [, first, last] = range.exec(entry) ?? []
  return first === undefined ? undefined : [Number(first), last === 'max' ? maxFieldNumber : Number(last)]
}

/** Whether a field with this number or name is reserved. */
export function isReserved(
  entries: Reserved,
  { name, number }: { readonly name: string; readonly number: number | undefined },
): boolean {
  return entries.some(entry => {
    const numbers = reservedRange(entry)
    return numbers === undefined ? entry === name : number !== undefined && number >= numbers[0] && number <= numbers[1]
  })
}
