import { type HeaderFields, Headers, type HeaderValue } from '../../core/headers.js'
import { reservedHeaders } from '../http1/reserved-headers.js'

/** The prefix of trailers on THeader, which has only one set of headers. Source: Connect protocol, "Unary-Response". */
const trailerPrefix = 'trailer-'
const nameForm = /^[0-9a-z_.-]+$/
const valueForm = /^[\x20-\x7e]*$/

/**
 * The value of a received header. Bytes are sent in base64.
 * @param name in lower case
 * @returns undefined if name or value is not valid
 */
export function headerValue(name: string, value: string): HeaderValue | undefined {
  if (!nameForm.test(name) || !valueForm.test(value)) return undefined
  return name.endsWith('-bin') ? new Uint8Array(Buffer.from(value, 'base64')) : value
}

/** The call's headers among those of HTTP. @param raw name, value, name, value ... as they arrived */
export function receivedHeaders(raw: readonly string[]): HeaderValue[] {
  const headers: HeaderValue[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase()
    const value = reservedHeaders.has(name) ? undefined : headerValue(name, raw[at + 1] as string)
    if (value !== undefined) headers.push(name, value)
  }
  return headers
}

/** Adds headers as they are sent: name, value, name, value ... in ASCII. */
export function writeHeaders(headers: HeaderFields, list: string[], prefix = ''): void {
  for (const [name, value] of headers) {
    list.push(prefix + name, typeof value === 'string' ? value : Buffer.from(value).toString('base64'))
  }
}

export function writeTrailers(trailers: HeaderFields, list: string[]): void {
  writeHeaders(trailers, list, trailerPrefix)
}

/** Separates headers and trailers that arrived in one set. */
export function splitTrailers(list: readonly HeaderValue[]): { headers: HeaderValue[]; trailers: HeaderValue[] } {
  const headers: HeaderValue[] = []
  const trailers: HeaderValue[] = []
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] as string
    const value = list[at + 1] as HeaderValue
    if (name.startsWith(trailerPrefix)) trailers.push(name.slice(trailerPrefix.length), value)
    else headers.push(name, value)
  }
  return { headers, trailers }
}

/** The value under a name in a flat list. */
export function find(list: readonly HeaderValue[], wanted: string): HeaderValue | undefined {
  for (let at = 0; at < list.length; at += 2) if (list[at] === wanted) return list[at + 1]
  return undefined
}

/** Headers of an error, as a flat list; undefined if there are none. */
export function adopted(list: HeaderValue[]): Headers | undefined {
  return list.length === 0 ? undefined : Headers.adopt(list)
}
