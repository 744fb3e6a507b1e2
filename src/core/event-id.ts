import type { Headers } from './headers.js'

/** The header with the id of the last event that a client has seen. Source: HTML, "Server-sent events". */
export const eventIdHeader = 'last-event-id'

/** What tells one reply of a stream from another. */
export type EventKey = string | number | bigint

/** A key as its id on every wire: ASCII without line breaks, whatever the key holds. */
export function writeEventId(key: EventKey): string {
  return encodeURIComponent(String(key).toWellFormed())
}

/** The key of the last event that the caller has seen, as text; undefined if it asks for the whole stream. */
export function readEventId(headers: Headers): string | undefined {
  const id = headers.get(eventIdHeader)
  if (id === undefined || id === '') return undefined
  try {
    return decodeURIComponent(id)
  } catch {
    // The client made an id of its own.
    return id
  }
}
