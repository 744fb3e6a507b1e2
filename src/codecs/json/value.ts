import type { JsonCursor } from './cursor.js'
import type { JsonWriter } from './writer.js'

/**
 * Forms of values that messages and lists scan in place. A switch on one of these numbers replaces a call to one of many types, which the
 * engine cannot inline. An `integer` has room for any nine digits.
 */
export const Inline = { none: 0, text: 1, integer: 2, int64: 3, double: 4, bool: 5, message: 6 } as const
export type Inline = (typeof Inline)[keyof typeof Inline]

/** Writes and reads the values of one type. Every method throws Faults. `depth` counts the messages around the value. */
export interface JsonType {
  /** Undefined: `scan` is called for each value. */
  readonly inline?: Inline
  write(writer: JsonWriter, value: unknown, depth: number): void
  /**
   * @param json from JSON.parse, with bigints for long integers
   * @returns undefined for a value that counts as absent: an enum's member that this reader does not have
   */
  read(json: unknown, depth: number): unknown
  /**
   * Reads the next value straight from its bytes. Returns what `read` would, or throws a Fault if that is in doubt. The caller then parses
   * the whole message and reads it from the start.
   */
  scan(cursor: JsonCursor, depth: number): unknown
}

/** A type whose `scan` is its `read`. */
export function scannedAsRead({ write, read }: Omit<JsonType, 'scan'>): JsonType {
  return { write, read, scan: (cursor, depth) => read(cursor.value(), depth) }
}
