import type { Serializer } from '../../../codecs/codec.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { compileMethod } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import type { OutgoingCompression } from '../../../core/call.js'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { Http2Stream } from '../../../http2/stream.js'
import type { MethodSchema } from '../../../schema/service.js'
import { formatTimeout } from '../../grpc-status/timeout.js'
import { fieldSize, headerListSize } from '../../header-room.js'
import type { Destination } from '../../http2/client/link.js'
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

/** The most timeouts with their own header block. */
const mostBlocks = 4

const timeoutSize = fieldSize('grpc-timeout', '99999999m')

/**
 * The request headers of one method at one endpoint. The first few timeouts, for most methods all that occur, become part of a prepared
 * block, so that such a request encodes no header itself.
 */
export class RequestHeaders {
  private readonly fields: readonly (readonly [string, string])[]
  private readonly plain: HeaderBlock
  private readonly blocks = new Map<number, HeaderBlock>()

  constructor(
    readonly method: BoundMethod,
    { scheme, authority }: Destination,
  ) {
    this.fields = [
      [':method', 'POST'],
      [':scheme', scheme],
      [':path', method.schema.path],
      [':authority', authority],
      ['te', 'trailers'],
      ['content-type', method.contentType],
      ['user-agent', 'grpc-node-polywire'],
      ['grpc-accept-encoding', acceptedEncodings],
    ]
    const { compression } = method
    if (compression !== undefined) this.fields = [...this.fields, ['grpc-encoding', compression.encoding.name]]
    this.plain = prepareHeaders(this.fields)
    this.blocks.set(Number.POSITIVE_INFINITY, this.plain)
  }

  /** The most bytes of the header list of one request, as HTTP/2 counts them. */
  size(extra: readonly string[] | undefined): number {
    return this.plain.size + timeoutSize + (extra === undefined ? 0 : headerListSize(extra))
  }

  /** @param timeout milliseconds; Infinity for none */
  send(stream: Http2Stream, timeout: number, extra: string[] | undefined): void {
    const whole = Math.ceil(timeout)
    const block = this.blocks.get(whole) ?? this.prepare(whole)
    if (block !== undefined) stream.sendHeaders(block, extra)
    else stream.sendHeaders(this.plain, ['grpc-timeout', formatTimeout(whole), ...(extra ?? [])])
  }

  private prepare(timeout: number): HeaderBlock | undefined {
    if (this.blocks.size > mostBlocks) return undefined
    const block = prepareHeaders([...this.fields, ['grpc-timeout', formatTimeout(timeout)]])
    this.blocks.set(timeout, block)
    return block
  }
}
