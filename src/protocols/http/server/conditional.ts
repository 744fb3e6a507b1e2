import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isSameTag } from '../../../core/entity-tag.js'

/** A reply as it goes out. */
export interface Representation {
  readonly body: Uint8Array
  readonly contentType: string
  /** As a content-encoding; undefined: none. */
  readonly encoding: string | undefined
}

/**
 * The strong validator of a reply: another one for other bytes, another codec and another encoding.
 * Source: RFC 9110, 8.8.3 and 8.8.3.3.
 */
export function entityTag({ body, contentType, encoding = 'identity' }: Representation): string {
  const hash = createHash('sha256').update(`${contentType} ${encoding}\n`).update(body)
  return `"${hash.digest('base64url').slice(0, 32)}"`
}

/**
 * Whether the client has the reply with this tag already, so that 304 is the answer to its GET.
 * Source: RFC 9110, 13.1.2; it compares weakly (8.8.3.2).
 */
export function isKnownTo({ headers }: IncomingMessage, tag: string): boolean {
  const condition = headers['if-none-match']
  if (condition === undefined) return false
  if (condition.trim() === '*') return true
  return (condition.match(/(?:W\/)?"[^"]*"/g) ?? []).some(one => isSameTag(one, tag))
}
