import type { CacheEntry } from '../../caches/cache.js'
import type { ActiveCall } from '../../core/active-call.js'
import { isSameTag } from '../../core/entity-tag.js'
import type { HeaderValue } from '../../core/headers.js'
import type { HeaderList } from './reply-headers.js'

/**
 * Milliseconds for which a reply with an `ETag` is kept after it expired. It is then confirmed by its server, which costs a round trip but
 * no body.
 */
export const confirmableFor = 3_600_000

export function tagIn(headers: HeaderList): string | undefined {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === 'etag') return String(headers[at + 1])
  return undefined
}

/** Whether the server confirmed the stored reply instead of sending a new one. */
export function isConfirmed({ heldReply, replyHeaders }: ActiveCall, reply: unknown): boolean {
  return (
    heldReply !== undefined && reply === heldReply.reply && isSameTag(replyHeaders.get('etag') ?? '', heldReply.tag)
  )
}

/** The stored reply with the headers of the confirmation. Source: RFC 9111, 3.2 and 4.3.4. */
export function confirmed(stored: CacheEntry, headers: HeaderList, trailers: HeaderList): CacheEntry {
  return { ...stored, headers: updated(stored.headers, headers), trailers: updated(stored.trailers, trailers) }
}

function updated(stored: HeaderList, received: HeaderList): HeaderList {
  const names = new Set(received.filter((_, at) => at % 2 === 0))
  // It belongs to the earlier reply.
  names.add('age')
  const rest: HeaderValue[] = []
  for (let at = 0; at < stored.length; at += 2)
    if (!names.has(stored[at] as string)) rest.push(stored[at] as string, stored[at + 1] as HeaderValue)
  return [...rest, ...received]
}
