import type { Headers } from './headers.js'

/** The header that carries `call.id`. */
export const idHeader = 'x-request-id'

/** The header that carries `call.baggage`. Source: W3C Baggage. */
export const baggageHeader = 'baggage'

/** A longer id of a peer is replaced: it would be copied into every log line. */
const idForm = /^[\x21-\x7e]{1,128}$/

/** Limits of W3C Baggage, 3.3.2. What exceeds them is dropped. */
const mostBytes = 8192
const mostEntries = 64

/** The id that the headers carry, if it can be logged; undefined if there is none. */
export function idIn(headers: Headers): string | undefined {
  const id = headers.get(idHeader)
  return id !== undefined && idForm.test(id) ? id : undefined
}

const hex = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** 16 bytes in hexadecimal. */
export function newId(): string {
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += hex[byte] as string
  return id
}

/** Reads the `baggage` header. Properties of entries are dropped, and so is what cannot be decoded. */
export function readBaggage(headers: Headers): Map<string, string> {
  const baggage = new Map<string, string>()
  const text = headers.getAll(baggageHeader).join(',')
  for (const entry of text.slice(0, mostBytes).split(',', mostEntries)) {
    const [pair = ''] = entry.split(';', 1)
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at < 1 || !tokenForm.test(name)) continue
    try {
      baggage.set(name, decodeURIComponent(pair.slice(at + 1).trim()))
    } catch {
      // It is not percent-encoded UTF-8.
    }
  }
  return baggage
}

/** The value of the `baggage` header; empty if nothing of it can be sent. */
export function writeBaggage(baggage: ReadonlyMap<string, string>): string {
  const entries: string[] = []
  let size = 0
  for (const [name, value] of baggage) {
    if (!tokenForm.test(name)) continue
    const entry = `${name}=${encodeURIComponent(value.toWellFormed())}`
    size += entry.length + 1
    if (size > mostBytes || entries.length >= mostEntries) break
    entries.push(entry)
  }
  return entries.join(',')
}

/**
 * The baggage of received headers as it is sent on: unread, unless a peer has sent it in several headers, too long, or with characters that
 * a header cannot have. Then it is what can be read of it. Empty if there is none.
 */
export function passOnBaggage(headers: Headers): string {
  const [text = '', ...more] = headers.getAll(baggageHeader)
  return more.length === 0 && text.length <= mostBytes && sendable.test(text)
    ? text
    : writeBaggage(readBaggage(headers))
}

const sendable = /^[\x20-\x7e]*$/

/** A token of HTTP, RFC 9110, 5.6.2. */
const tokenForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
