import type { HeaderValue } from '../../../core/headers.js'
import type { HeaderList } from '../../../http2/header-list.js'
import { refusedHeader } from '../../protocol.js'
import { subtypeOf } from '../content-type.js'
import { readMetadata } from '../metadata.js'

/**
 * What headers or trailers of a reply say, found once: lists that arrive in the same bytes share it. One form for both, since an error before
 * any reply comes as headers that are trailers too.
 */
export interface ReplyFields {
  readonly httpStatus: number
  readonly contentType: string
  readonly isGrpc: boolean
  readonly encoding: string | undefined
  /** `grpc-status` as it stands. */
  readonly status: string | undefined
  readonly message: string
  /** `grpc-status-details-bin` as it stands. */
  readonly details: string | undefined
  /** The server says that no handler saw the call. */
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
