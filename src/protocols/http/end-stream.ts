import type { ErrorDetails } from '../../codecs/error-details.js'
import type { HeaderFields, HeaderValue } from '../../core/headers.js'
import type { RpcError } from '../../core/rpc-error.js'
import { endStreamFlag, writeEnvelope } from './envelope.js'
import { errorToJson, isRecord } from './error-json.js'
import { readMetadata, writeMetadata } from './metadata.js'

/** Source: Connect protocol, "EndStreamResponse". */
export interface EndStream {
  /** JSON of the error; undefined where the stream ended well. */
  readonly error: unknown
  /** As for `Headers.adopt`. */
  readonly metadata: HeaderValue[]
}

/** The last envelope of every streamed reply. */
export function writeEndStream(
  trailers: HeaderFields | undefined,
  error: RpcError | undefined,
  details: ErrorDetails,
): Buffer {
  const metadata: Record<string, string[]> = Object.create(null)
  for (const headers of [trailers, error?.headers]) if (headers !== undefined) collect(headers, metadata)
  const json = {
    ...(error !== undefined && { error: errorToJson(error, details) }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
  return writeEnvelope(endStreamFlag, Buffer.from(JSON.stringify(json)))
}

function collect(headers: HeaderFields, into: Record<string, string[]>): void {
  const list: string[] = []
  writeMetadata(headers, list)
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    into[name] = [...(into[name] ?? []), list[i + 1] as string]
  }
}

/** @returns undefined for what is none */
export function readEndStream(bytes: Uint8Array): EndStream | undefined {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
  if (!isRecord(json)) return undefined
  const metadata: HeaderValue[] = []
  if (isRecord(json.metadata)) {
    for (const [name, values] of Object.entries(json.metadata)) {
      if (!Array.isArray(values)) continue
      for (const value of values) if (typeof value === 'string') readMetadata(name.toLowerCase(), value, metadata)
    }
  }
  return { error: json.error ?? undefined, metadata }
}
