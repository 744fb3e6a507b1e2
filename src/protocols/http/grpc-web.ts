import { detailsOf } from '../../codecs/error-details.js'
import type { HeaderFields } from '../../core/headers.js'
import type { RpcError } from '../../core/rpc-error.js'
import { errorFields } from '../grpc-status/error-fields.js'
import { headerListSize, replyHeadersTooLarge } from '../header-room.js'
import { frameOf } from '../length-prefixed.js'
import type { EndStreamOptions, WrittenEnd } from './end-stream.js'
import { writeMetadata } from './metadata.js'

/** A content type of gRPC-Web. */
export interface GrpcWebType {
  /** Whether the bodies are in base64, for browsers that cannot read bytes as they arrive. */
  readonly isText: boolean
  /** The codec, as in the content type. */
  readonly subtype: string
}

/** @param mediaType in lower case, without parameters. @returns undefined if it is not gRPC-Web */
export function grpcWebTypeOf(mediaType: string): GrpcWebType | undefined {
  const match = /^application\/grpc-web(-text)?(?:\+(.+))?$/.exec(mediaType)
  return match === null ? undefined : { isText: match[1] !== undefined, subtype: match[2] ?? 'proto' }
}

/** The flag of the frame that holds the trailers. Source: gRPC-Web, "Protocol differences vs gRPC over HTTP2". */
const trailersFlag = 0x80
/** The room that every gRPC client has. An error's code and message fit in it. */
const leastRoom = 8192

/**
 * The last frame of a reply: status and trailers as a block of HTTP/1 header lines.
 * @throws RpcError for the server's log if the trailers of a successful reply cannot be sent
 */
export function writeTrailers(
  trailers: HeaderFields | undefined,
  error: RpcError | undefined,
  { details, room }: EndStreamOptions,
): WrittenEnd {
  const metadata: string[] = []
  for (const headers of [trailers, error?.headers]) if (headers !== undefined) writeMetadata(headers, metadata)
  if (error === undefined) {
    const size = headerListSize(metadata)
    if (size > room) throw replyHeadersTooLarge('the end of the stream', size, room)
    return { envelope: written(['grpc-status', '0', ...metadata]), dropped: [] }
  }
  const { fields, dropped } = errorFields(error, {
    details: detailsOf(error, details),
    metadata,
    maxHeaderList: Math.max(room, leastRoom),
    taken: 0,
  })
  return { envelope: written(fields), dropped }
}

function written(fields: readonly string[]): Buffer {
  let text = ''
  for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`
  return frameOf(trailersFlag, Buffer.from(text, 'latin1'))
}
