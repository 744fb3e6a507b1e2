import type { ErrorDetails } from '../../codecs/error-details.js'
import type { HeaderFields } from '../../core/headers.js'
import type { Limits } from '../../core/limits.js'
import type { RpcError } from '../../core/rpc-error.js'
import { fitting, headerListSize, replyHeadersTooLarge } from '../header-room.js'
import { frameOf } from '../length-prefixed.js'
import { errorText } from './error-json.js'
import { endStreamFlag } from './message-stream.js'
import { writeMetadata } from './metadata.js'

export interface EndStreamOptions {
  readonly details: ErrorDetails
  /** The most bytes of trailers that the client takes. */
  readonly room: number
  readonly limits: Limits
}

/** The last envelope of a reply. */
export interface WrittenEnd {
  readonly envelope: Buffer
  /** The parts of an error that did not fit. */
  readonly dropped: readonly string[]
}

/**
 * The last envelope of a streamed reply.
 * @throws RpcError for the server's log if the trailers of a successful reply cannot be sent
 */
export function writeEndStream(
  trailers: HeaderFields | undefined,
  error: RpcError | undefined,
  { details, room, limits }: EndStreamOptions,
): WrittenEnd {
  const list: string[] = []
  for (const headers of [trailers, error?.headers]) if (headers !== undefined) writeMetadata(headers, list)
  if (error === undefined) {
    const size = headerListSize(list)
    if (size > room) throw replyHeadersTooLarge('the end of the stream', size, room)
    return { envelope: written(JSON.stringify(metadataOf(list))), dropped: [] }
  }
  const { kept, dropped } = fitting(list, room)
  const metadata = metadataOf(kept)
  const end = errorText(error, { details, limits, wrap: json => ({ error: json, ...metadata }) })
  return { envelope: written(end.text), dropped: [...end.dropped, ...dropped] }
}

function written(json: string): Buffer {
  return frameOf(endStreamFlag, Buffer.from(json))
}

function metadataOf(list: readonly string[]): { metadata?: Record<string, string[]> } {
  if (list.length === 0) return {}
  const metadata: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] as string
    metadata[name] ??= []
    metadata[name].push(list[at + 1] as string)
  }
  return { metadata }
}
