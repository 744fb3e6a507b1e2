import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isSameTag } from '../../../core/entity-tag.js'

/** A reply as it is sent. */
export interface Representation {
  readonly body: Uint8Array
  readonly contentType: string
  /** The value of content-encoding; undefined for none. */
  readonly encoding: string | undefined
}

/**
 * The strong validator of a reply, which differs for other bytes, codecs and encodings.
 * Source: RFC 9110, 8.8.3 and 8.8.3.3.
 */
export function entityTag({ body, contentType, encoding = 'identity' }: Representation): string {
  const hash = createHash('sha256').update(`${contentType} ${encoding}\n`).update(body)
  return `"${hash.digest('base64url').slice(0, 32)}"`
}

/**
 * Whether the client already has the reply with this tag, so that its GET is answered with 304.
 * Source: RFC 9110, 13.1.2, with the weak comparison of 8.8.3.2.
 */
export function isKnownTo({ headers }: IncomingMessage, tag: string): boolean {
  const condition = headers['if-none-match']
  if (condition === undefined) return false
  if (condition.trim() === '*') return true
  return (condition.match(/(?:W\/)?"[^"]*"/g) ?? []).some(one => isSameTag(one, tag))
}
