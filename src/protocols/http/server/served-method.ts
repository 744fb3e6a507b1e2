import type { Codec, CodecOptions, Serializer } from '../../../codecs/codec.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { json } from '../../../codecs/json/codec.js'
import { carriers, compileMethod, type MethodSerializers } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import type { EngineHandler } from '../../../core/active-call.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { Route, ServerSettings } from '../../protocol.js'
import { contentTypesOf, isStreaming, mediaTypeOf } from '../content-type.js'
import { grpcWebTypeOf } from '../grpc-web.js'
import type { ServedCall } from './served-call.js'
import { connectStream, grpcWeb, grpcWebText, type StreamForm } from './stream-form.js'

/** A method in one of the codecs that carry it. */
export interface ServedCodec {
  readonly method: ServedMethod
  readonly request: Serializer
  readonly reply: Serializer
  /** The content type of replies. */
  readonly contentType: string
  /** The form of the bodies; undefined for a unary call of Connect, whose bodies are bare messages. */
  readonly form: StreamForm | undefined
  /** Undefined for a call by its RPC path. */
  readonly rest: RestAnswer | undefined
}

/** What differs in a call by a route of REST. Made for each call. */
export interface RestAnswer {
  /** Whether the body is a stream of messages, which the answer counts itself, and not one message. */
  readonly isUpload: boolean
  /** Called before the handler is. */
  begun(call: ServedCall): void
  /** Adds the headers of a unary reply, and returns its status. */
  status(reply: unknown, head: string[]): number
  /** Sends a stream of replies; undefined for a unary reply. Rejects if it fails before the response has begun. */
  readonly send: ((call: ServedCall, replies: AsyncIterable<unknown>) => Promise<void>) | undefined
  /** Called when the call is over. */
  ended(): void
}

/** A route. Each codec is compiled for its first call. */
export class ServedMethod {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
  readonly details: ErrorDetails
  /** The value of `allow`. */
  readonly allowed: string
  private readonly options: CodecOptions
  /** The codecs that can carry it. */
  private readonly codecs: readonly Codec[]
  private readonly byCodec = new Map<Codec, MethodSerializers>()
  private readonly byContentType = new Map<string, ServedCodec>()

  constructor({ method, handler }: Route, { codecs, limits }: ServerSettings) {
    this.schema = method
    this.handler = handler
    this.options = limits
    this.details = new ErrorDetails(method.throws, { protobuf, json }, limits)
    this.allowed = method.kind === 'unary' && method.idempotency === 'safe' ? 'GET, POST' : 'POST'
    this.codecs = carriers([...codecs.values()], method, limits).carried
  }

  /** Value of `accept-post`: every content type that it takes by Connect. */
  get accepted(): string {
    return this.codecs.flatMap(codec => contentTypesOf(codec, this.schema.kind)).join(', ')
  }

  /** @param contentType as it arrived */
  forContentType(contentType: string): ServedCodec | undefined {
    const served = this.byContentType.get(contentType)
    if (served !== undefined) return served
    const mediaType = mediaTypeOf(contentType)
    return this.byContentType.get(mediaType) ?? this.compile(mediaType)
  }

  /** @param encoding as in the query of a GET */
  forEncoding(encoding: string): ServedCodec | undefined {
    const codec = this.codecs.find(one => one.contentTypes.includes(encoding))
    return codec && this.forContentType(contentTypesOf(codec, this.schema.kind)[0] ?? '')
  }

  warmUp(codecs: readonly Codec[]): void {
    for (const codec of this.codecs) {
      if (!codecs.includes(codec)) continue
      const { request, reply } = this.serializersOf(codec)
      request.prepare?.()
      reply.prepare?.()
    }
    this.details.prepare()
  }

  get takesGet(): boolean {
    return this.allowed !== 'POST'
  }

  private compile(mediaType: string): ServedCodec | undefined {
    const web = grpcWebTypeOf(mediaType)
    const codec = this.codecs.find(one =>
      web === undefined
        ? contentTypesOf(one, this.schema.kind).includes(mediaType)
        : one.contentTypes.includes(web.subtype),
    )
    if (codec === undefined) return undefined
    const { request, reply } = this.serializersOf(codec)
    const connect = isStreaming(this.schema.kind) ? connectStream : undefined
    const form = web === undefined ? connect : web.isText ? grpcWebText : grpcWeb
    const contentTypes = web === undefined ? contentTypesOf(codec, this.schema.kind) : [mediaType]
    const served: ServedCodec = {
      method: this,
      request,
      reply,
      contentType: contentTypes[0] ?? '',
      form,
      rest: undefined,
    }
    for (const contentType of contentTypes) this.byContentType.set(contentType, served)
    return served
  }

  /** Connect and gRPC-Web share them. */
  private serializersOf(codec: Codec): MethodSerializers {
    let serializers = this.byCodec.get(codec)
    if (serializers === undefined) {
      // Declared errors are sent as details, in any codec.
      serializers = compileMethod(codec, { ...this.schema, throws: [] }, this.options)
      this.byCodec.set(codec, serializers)
    }
    return serializers
  }
}
