import type { Codec, CodecOptions, Serializer } from '../../../codecs/codec.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { json } from '../../../codecs/json/codec.js'
import { compileMethod } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import type { EngineHandler } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { Route, ServerSettings } from '../../protocol.js'
import { contentTypesOf, mediaTypeOf } from '../content-type.js'

/** A method in one of the codecs that carry it. */
export interface ServedCodec {
  readonly method: ServedMethod
  readonly request: Serializer
  readonly reply: Serializer
  /** Of the reply. */
  readonly contentType: string
}

/** A route with all that can be prepared of it. */
export class ServedMethod {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
  readonly details: ErrorDetails
  /** Value of `allow`. */
  readonly allowed: string
  /** Value of `accept-post`: every content type it takes. */
  readonly accepted: string
  private readonly byContentType = new Map<string, ServedCodec>()
  private readonly byEncoding = new Map<string, ServedCodec>()

  /** @throws RpcError `failed_precondition` where none of the codecs can carry the method */
  constructor({ method, handler }: Route, { codecs, limits }: ServerSettings) {
    this.schema = method
    this.handler = handler
    this.details = new ErrorDetails(method.throws, { protobuf, json }, limits)
    this.allowed = method.kind === 'unary' && method.idempotency === 'safe' ? 'GET, POST' : 'POST'
    let refusal: unknown
    for (const codec of codecs.values()) {
      try {
        this.add(codec, limits)
      } catch (error) {
        // A message without field numbers is served in the codecs that need none.
        if (!(error instanceof RpcError) || error.code !== Code.failed_precondition) throw error
        refusal = error
      }
    }
    if (this.byContentType.size === 0 && refusal !== undefined) throw refusal
    this.accepted = [...this.byContentType.keys()].join(', ')
  }

  /** @param contentType as it arrived */
  forContentType(contentType: string): ServedCodec | undefined {
    return this.byContentType.get(contentType) ?? this.byContentType.get(mediaTypeOf(contentType))
  }

  /** @param encoding as in the query of a GET */
  forEncoding(encoding: string): ServedCodec | undefined {
    return this.byEncoding.get(encoding)
  }

  get takesGet(): boolean {
    return this.allowed !== 'POST'
  }

  private add(codec: Codec, options: CodecOptions): void {
    // Declared errors travel as details, whatever the codec of the messages.
    const { request, reply } = compileMethod(codec, { ...this.schema, throws: [] }, options)
    const contentTypes = contentTypesOf(codec, this.schema.kind)
    const served: ServedCodec = { method: this, request, reply, contentType: contentTypes[0] ?? '' }
    for (const contentType of contentTypes) this.byContentType.set(contentType, served)
    for (const subtype of codec.contentTypes) this.byEncoding.set(subtype, served)
  }
}
