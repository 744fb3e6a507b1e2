import type { DescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'
import { maxFieldNumber, type Reserved, reservedRange } from '../../schema/reserved.js'

/** @param last from the end of a range to its last number: a message's ranges are half open, an enum's are not */
export function reservedIn({ reservedRange = [], reservedName = [] }: Reservations, last: -1 | 0): Reserved {
  const ranges = reservedRange.map(({ start = 0, end = 0 }) =>
    end + last === start ? start : `${start}-${end + last === maxFieldNumber ? 'max' : end + last}`,
  )
  return [...ranges, ...reservedName]
}

type Reservations = Pick<DescriptorProto, 'reservedRange' | 'reservedName'>

/** For a comment. */
export function reservedText(reserved: Reserved): string | undefined {
  const all = reserved.map(one =>
    reservedRange(one) === undefined ? JSON.stringify(one) : String(one).replace('-', ' to '),
  )
  return all.length === 0 ? undefined : `Reserved: ${all.join(', ')}.`
}
