import type { JsonCursor } from './cursor.js'
import type { JsonWriter } from './writer.js'

/** How values of one type stand in JSON. All three throw Faults. `depth` counts the messages above. */
export interface JsonType {
  write(writer: JsonWriter, value: unknown, depth: number): void
  /** @param json as JSON.parse made it, a bigint where a long integer stood */
  read(json: unknown, depth: number): unknown
  /**
   * The value that comes next, straight from its bytes: what `read` would make of it, or a Fault wherever that is in doubt. No such Fault is
   * ever seen: the message is then parsed and read from the start.
   */
  scan(cursor: JsonCursor, depth: number): unknown
}

/** A type that is scanned as it is read. */
export function scannedAsRead({ write, read }: Omit<JsonType, 'scan'>): JsonType {
  return { write, read, scan: (cursor, depth) => read(cursor.value(), depth) }
}
