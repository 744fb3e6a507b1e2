import { isObject } from '../../codecs/values/fault.js'
import type { HeaderValue } from '../../core/headers.js'
import { readMetadata } from './metadata.js'

/** Source: Connect protocol, "EndStreamResponse". */
export interface EndStream {
  /** The error's JSON; undefined if there is no error. */
  readonly error: unknown
  /** As for `Headers.adopt`. */
  readonly metadata: HeaderValue[]
}

/** @param json that of the envelope @returns undefined if it is not an end of stream */
export function readEndStream(json: unknown): EndStream | undefined {
  if (!isObject(json)) return undefined
  const metadata: HeaderValue[] = []
  if (isObject(json.metadata)) {
    for (const [name, values] of Object.entries(json.metadata)) {
      if (!Array.isArray(values)) continue
      for (const value of values) if (typeof value === 'string') readMetadata(name.toLowerCase(), value, metadata)
    }
  }
  return { error: json.error ?? undefined, metadata }
}
