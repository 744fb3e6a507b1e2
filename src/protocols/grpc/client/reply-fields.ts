import type { HeaderValue } from '../../../core/headers.js'
import type { HeaderList } from '../../../http2/header-list.js'
import { refusedHeader } from '../../protocol.js'
import { subtypeOf } from '../content-type.js'
import { readMetadata } from '../metadata.js'

/**
 * The fields of a reply's headers or trailers. They are read once: lists that arrive in the same bytes share them. One type for both,
 * because an error before any reply arrives as headers that are trailers too.
 */
export interface ReplyFields {
  readonly httpStatus: number
  readonly contentType: string
  readonly isGrpc: boolean
  readonly encoding: string | undefined
  /** The value of `grpc-status`. */
  readonly status: string | undefined
  readonly message: string
  /** The value of `grpc-status-details-bin`, in base64. */
  readonly details: string | undefined
  /** Whether the server says that no handler saw the call. */
  readonly isRefused: boolean
  /** As for `Headers.adopt`; copy it first. */
  readonly metadata: readonly HeaderValue[]
}

export function replyFieldsOf(headers: HeaderList): ReplyFields {
  let fields = headers.tag as ReplyFields | undefined
  if (fields === undefined) {
    fields = readReplyFields(headers)
    headers.tag = fields
  }
  return fields
}

function readReplyFields(headers: HeaderList): ReplyFields {
  const contentType = headers.get('content-type') ?? ''
  return {
    httpStatus: headers.status,
    contentType,
    isGrpc: headers.status === 200 && subtypeOf(contentType) !== undefined,
    encoding: headers.get('grpc-encoding'),
    status: headers.get('grpc-status'),
    message: headers.get('grpc-message') ?? '',
    details: headers.get('grpc-status-details-bin'),
    isRefused: headers.get(refusedHeader) !== undefined,
    metadata: readMetadata(headers.fields),
  }
}
