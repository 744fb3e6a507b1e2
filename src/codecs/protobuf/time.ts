import type { UnitRefinement } from '../../schema/refinement.js'
import { converted, countOf, textOf } from '../values/civil-time.js'
import { Fault, mismatch } from '../values/fault.js'
import { checkInstant, instantOf, maxDurationSeconds, millisecondsOf, nanosOf, secondsOf } from '../values/time.js'
import { wrongWireType } from './fields.js'
import type { Reader } from './reader.js'
import { Inline, type ProtoType } from './scalars.js'
import type { Writer } from './writer.js'

const secondsTag = 0x08
const nanosTag = 0x10

/** google.protobuf.Timestamp. Digits below a millisecond are dropped. */
export const protoTimestamp: ProtoType = {
  wire: 2,
  inline: Inline.none,
  merges: true,
  write(writer, value) {
    const time = instantOf(value)
    const seconds = Math.floor(time / 1000)
    writeParts(writer, seconds, (time - seconds * 1000) * 1e6)
  },
  read(reader, depth, previous) {
    const before = (previous as Date | undefined)?.getTime() ?? 0
    const seconds = Math.floor(before / 1000)
    const parts = readParts(reader, depth, { seconds, nanos: (before - seconds * 1000) * 1e6 })
    if (parts.nanos < 0 || parts.nanos > 999_999_999) throw wrongNanos()
    return new Date(checkInstant(parts.seconds * 1000 + Math.floor(parts.nanos / 1e6)))
  },
  zero: () => new Date(0),
}

/** google.protobuf.Timestamp as text, which keeps its nanoseconds. */
export function protoTimestampIn(refined: UnitRefinement): ProtoType {
  const nanosOfText = (text: string) => converted(countOf(text, refined), refined.unit, 'nanos')
  return {
    ...protoTimestamp,
    write(writer, value) {
      if (typeof value !== 'string') throw mismatch('timestamp (a string)', value)
      const nanos = nanosOfText(value)
      const rest = ((nanos % billion) + billion) % billion
      writeParts(writer, Number((nanos - rest) / billion), Number(rest))
    },
    read(reader, depth, previous) {
      const before = previous === undefined ? 0n : nanosOfText(previous as string)
      const rest = ((before % billion) + billion) % billion
      const parts = readParts(reader, depth, { seconds: Number((before - rest) / billion), nanos: Number(rest) })
      checkInstant(parts.seconds * 1000)
      if (parts.nanos < 0 || parts.nanos > 999_999_999) throw wrongNanos()
      return textOf(converted(BigInt(parts.seconds) * billion + BigInt(parts.nanos), 'nanos', refined.unit), refined)
    },
    zero: () => '1970-01-01T00:00:00Z',
  }
}

const billion = 1_000_000_000n

function wrongNanos(): Fault {
  return new Fault('expected timestamp, got nanos that are not of 0 to 999,999,999')
}

/** google.protobuf.Duration. */
export const protoDuration: ProtoType = {
  wire: 2,
  inline: Inline.none,
  merges: true,
  write(writer, value) {
    const seconds = secondsOf(value)
    writeParts(writer, seconds, nanosOf(value as number, seconds))
  },
  read(reader, depth, previous) {
    const before = (previous as number | undefined) ?? 0
    const beforeSeconds = secondsOf(before)
    const { seconds, nanos } = readParts(reader, depth, {
      seconds: beforeSeconds,
      nanos: nanosOf(before, beforeSeconds),
    })
    if (Math.abs(seconds) > maxDurationSeconds || Math.abs(nanos) > 999_999_999 || seconds * nanos < 0) {
      throw new Fault('expected duration, got seconds or nanos out of range, or of two signs')
    }
    return millisecondsOf(seconds, nanos)
  },
  zero: () => 0,
}

interface Parts {
  seconds: number
  nanos: number
}

function writeParts(writer: Writer, seconds: number, nanos: number): void {
  const start = writer.open()
  if (seconds !== 0) {
    writer.varint(secondsTag)
    writer.safeInteger(seconds)
  }
  if (nanos !== 0) {
    writer.varint(nanosTag)
    writer.signed32(nanos)
  }
  writer.close(start)
}

function readParts(reader: Reader, depth: number, parts: Parts): Parts {
  const outer = reader.enter()
  while (reader.position < reader.end) {
    const tag = reader.tag()
    if (tag === secondsTag) parts.seconds = Number(reader.int64())
    else if (tag === nanosTag) parts.nanos = reader.int32()
    else if (tag >> 3 < 3) throw wrongWireType(tag)
    else reader.skip(tag, depth)
  }
  reader.end = outer
  return parts
}
