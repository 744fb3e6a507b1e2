import type { Serializer } from '../../../codecs/codec.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { compileMethod } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import type { OutgoingCompression } from '../../../core/call.js'
import type { MethodSchema } from '../../../schema/service.js'
import { formatTimeout } from '../../grpc-status/timeout.js'
import type { Destination } from '../../http2/client/link.js'
import { RequestHeaders as PreparedHeaders } from '../../http2/client/request-headers.js'
import { targetCompression } from '../../message-encoding.js'
import type { ClientSettings } from '../../protocol.js'
import { acceptedEncodings } from '../compression.js'
import { contentTypeOf } from '../content-type.js'

/** A method of one channel, with everything that can be prepared for its calls. */
export interface BoundMethod {
  readonly schema: MethodSchema
  readonly request: Serializer
  readonly reply: Serializer
  readonly details: ErrorDetails
  readonly contentType: string
  /** The compression of requests, if the target names one. */
  readonly compression: OutgoingCompression | undefined
}

/** @throws RpcError `failed_precondition` if the codec cannot carry the method */
export function bindMethod(schema: MethodSchema, { codec, limits, options }: ClientSettings): BoundMethod {
  const { request, reply } = compileMethod(codec, { ...schema, throws: [] }, limits)
  const details = new ErrorDetails(schema.throws, { protobuf }, limits)
  return {
    schema,
    request,
    reply,
    details,
    contentType: contentTypeOf(codec),
    compression: targetCompression(options?.compression),
  }
}

const timeoutField = { name: 'grpc-timeout', format: formatTimeout }

/** The request headers of one method at one endpoint. */
export class RequestHeaders extends PreparedHeaders {
  constructor(
    readonly method: BoundMethod,
    { scheme, authority }: Destination,
  ) {
    const { schema, contentType, compression } = method
    const fields: [string, string][] = [
      [':method', 'POST'],
      [':scheme', scheme],
      [':path', schema.path],
      [':authority', authority],
      ['te', 'trailers'],
      ['content-type', contentType],
      ['user-agent', 'grpc-node-polywire'],
      ['grpc-accept-encoding', acceptedEncodings],
    ]
    if (compression !== undefined) fields.push(['grpc-encoding', compression.encoding.name])
    super(fields, timeoutField)
  }
}
