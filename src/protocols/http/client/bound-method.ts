import type { Codec, Serializer } from '../../../codecs/codec.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { json } from '../../../codecs/json/codec.js'
import { compileMethod } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import { type ActiveCall } from '../../../core/active-call.js'
import { deadlineExceeded, type OutgoingCompression } from '../../../core/call.js'
import { misuse } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import { unreadableReply } from '../../failures.js'
import { targetCompression } from '../../message-encoding.js'
import type { ClientSettings } from '../../protocol.js'
import { acceptedEncodings } from '../compression.js'
import { contentTypesOf, isOfProtocol, isStreaming } from '../content-type.js'
import { writeMetadata } from '../metadata.js'
import { basePathOf } from './base-path.js'
import type { RequestParts } from './request.js'

/** The first headers of every request, unless the caller sets its own. */
const userAgent = ['user-agent', 'connect-node-polywire'] as const

interface FixedHeaders {
  readonly get: readonly string[]
  readonly post: readonly string[]
}

/** A method, with everything that can be prepared for its calls. */
export class BoundMethod {
  /** Its name, in errors. */
  readonly path: string
  /** The path of its requests: `path` below the one of the target. */
  readonly url: string
  readonly request: Serializer
  readonly details: ErrorDetails
  readonly codec: Codec
  readonly messageBytes: number
  readonly headerBytes: number
  /** Whether it is called by GET, so that caches between client and server can keep its replies, and the server can confirm one. */
  readonly usesGet: boolean
  private readonly reply: Serializer
  private readonly contentTypes: readonly string[]
  private readonly fixed: FixedHeaders
  /** The same without the first one, for callers that set their own. */
  private readonly fixedWithoutAgent: FixedHeaders
  private readonly compression: OutgoingCompression | undefined

  /** @throws RpcError `failed_precondition` if the codec cannot carry the method */
  constructor(
    readonly schema: MethodSchema,
    { codec, limits, options }: ClientSettings,
  ) {
    const serializers = compileMethod(codec, { ...schema, throws: [] }, limits)
    this.path = schema.path
    this.url = basePathOf(options?.path) + schema.path
    this.codec = codec
    this.request = serializers.request
    this.reply = serializers.reply
    this.details = new ErrorDetails(schema.throws, { protobuf, json }, limits)
    this.messageBytes = limits.messageBytes
    this.headerBytes = limits.headerBytes
    this.usesGet = getIs(options?.get) && schema.kind === 'unary' && schema.idempotency === 'safe'
    this.contentTypes = contentTypesOf(codec, schema.kind)
    const accept = [isStreaming(schema.kind) ? 'connect-accept-encoding' : 'accept-encoding', acceptedEncodings]
    const ofPost = ['content-type', this.contentTypes[0] ?? '', 'connect-protocol-version', '1', ...accept]
    this.fixed = { get: [...userAgent, ...accept], post: [...userAgent, ...ofPost] }
    this.fixedWithoutAgent = { get: accept, post: ofPost }
    this.compression = targetCompression(options?.compression)
  }

  warmUp(): void {
    this.request.prepare?.()
    this.reply.prepare?.()
    this.details.prepare()
  }

  get isStreaming(): boolean {
    return isStreaming(this.schema.kind)
  }

  /**
   * The headers of one attempt.
   * @throws RpcError `deadline_exceeded` if the deadline has passed, `invalid_argument` for a reserved header
   */
  headersOf(call: ActiveCall, byGet = false): RequestParts {
    const { get, post } = setsUserAgent(call) ? this.fixedWithoutAgent : this.fixed
    const timeout = call.deadline === Number.POSITIVE_INFINITY ? call.deadline : call.deadline - call.clock.now()
    if (timeout <= 0) throw deadlineExceeded(call)
    const own: string[] = []
    if (call.previousAttempts > 0) own.push('grpc-previous-rpc-attempts', String(call.previousAttempts))
    if (call.headersIfAny !== undefined) writeMetadata(call.headersIfAny, own)
    return { fixed: byGet ? get : post, timeout, own }
  }

  /** The compression of requests. */
  compressionOf(call: ActiveCall): OutgoingCompression | undefined {
    return this.compression ?? call.compression
  }

  /** Whether a reply of this media type is one of the method's. */
  isReplyType(mediaType: string): boolean {
    return this.contentTypes.includes(mediaType)
  }

  /** Whether a reply of this media type comes from a Connect server that used another codec. */
  isOtherCodec(mediaType: string): boolean {
    return isOfProtocol(mediaType, this.schema.kind) && !this.isReplyType(mediaType)
  }

  /** @throws RpcError `internal` (`malformed_reply`): what the server sent is its mistake, not the caller's */
  decodeReply(bytes: Uint8Array): unknown {
    try {
      return this.reply.decode(bytes)
    } catch (cause) {
      throw unreadableReply(cause, this.path)
    }
  }
}

function setsUserAgent({ headersIfAny }: ActiveCall): boolean {
  return headersIfAny?.has('user-agent') ?? false
}

function getIs(value = 'false'): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw misuse('invalid_target', `target: get must be true or false, got ${JSON.stringify(value.slice(0, 32))}`)
}
