import type { HeaderFields } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { parseTimeout as parseGrpcTimeout } from '../../grpc-status/timeout.js'
import { type EndStreamOptions, type WrittenEnd, writeEndStream } from '../end-stream.js'
import { writeTrailers } from '../grpc-web.js'
import { parseTimeout } from '../timeout.js'
import { checkVersion } from '../version.js'
import type { RequestHead } from './request-head.js'

/** What differs between the protocols whose bodies are length-prefixed messages, with the outcome behind the last one. */
export interface StreamForm {
  /** Whether bodies are in base64. */
  readonly isText: boolean
  /** The header that names the encoding of messages. */
  readonly encodingHeader: string
  /** The header that names the encodings that a peer accepts. */
  readonly acceptHeader: string
  encodingOf(head: RequestHead): string | undefined
  acceptedBy(head: RequestHead): string | undefined
  /** Milliseconds; undefined if the client sets none. @throws RpcError if the head is invalid */
  timeoutOf(head: RequestHead): number | undefined
  writeEnd(trailers: HeaderFields | undefined, error: RpcError | undefined, options: EndStreamOptions): WrittenEnd
}

/** Source: Connect protocol, "Streaming RPCs". */
export const connectStream: StreamForm = {
  isText: false,
  encodingHeader: 'connect-content-encoding',
  acceptHeader: 'connect-accept-encoding',
  encodingOf: head => head.streamEncoding,
  acceptedBy: head => head.streamAcceptEncoding,
  timeoutOf(head) {
    checkVersion(head.version, '1')
    return head.timeout === undefined ? undefined : parseTimeout(head.timeout)
  },
  writeEnd: writeEndStream,
}

/** Source: gRPC-Web, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md. Unary calls are streams of one message. */
export const grpcWeb: StreamForm = {
  isText: false,
  encodingHeader: 'grpc-encoding',
  acceptHeader: 'grpc-accept-encoding',
  encodingOf: head => head.grpcEncoding,
  acceptedBy: head => head.grpcAcceptEncoding,
  timeoutOf: head => (head.grpcTimeout === undefined ? undefined : parseGrpcTimeout(head.grpcTimeout)),
  writeEnd: writeTrailers,
}

export const grpcWebText: StreamForm = { ...grpcWeb, isText: true }
