import type { Composed } from './composed.js'
import { hrefOf } from './route.js'
import { isObject, type Json, masked } from './value.js'

/** What a link of Try it carries. */
export interface Linked {
  readonly value: Json
  readonly headers: readonly (readonly [string, string])[]
  readonly wire: string
  /** The name of the route. */
  readonly route: string
  readonly codec: string
  readonly timeout: string
}

/** The link of a form as it is filled in, without sensitive values. */
export function linkOf({ form, value, headers, wire, route, codec, timeout }: Composed): string {
  const { name, side, input, types } = form
  const shown: Linked = {
    value: masked(value, input, types, () => undefined),
    headers,
    wire,
    route: route?.name ?? '',
    codec,
    timeout,
  }
  const bytes = new TextEncoder().encode(JSON.stringify(shown))
  const text = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  return hrefOf('try', name, { side, v: text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') })
}

/** Undefined if the link carries nothing that can be read. */
export function linkedIn(text: string | null): Partial<Linked> | undefined {
  if (text === null) return undefined
  try {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(plain, one => one.charCodeAt(0))))
    return isObject(value) ? readable(value) : undefined
  } catch {
    return undefined
  }
}

/** What has the right type of it: a link can be written by anybody. */
function readable({ value, headers, wire, route, codec, timeout }: Json): Partial<Linked> {
  const texts = Object.entries({ wire, route, codec, timeout }).filter(([, text]) => typeof text === 'string')
  return {
    ...(isObject(value) && { value }),
    ...(Array.isArray(headers) && { headers: headers.filter(isHeader) }),
    ...Object.fromEntries(texts),
  }
}

function isHeader(header: unknown): header is readonly [string, string] {
  return Array.isArray(header) && header.length === 2 && header.every(part => typeof part === 'string')
}
