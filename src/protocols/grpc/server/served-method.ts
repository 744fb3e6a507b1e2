import type { Codec, CodecOptions, Serializer } from '../../../codecs/codec.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { compileMethod } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import type { EngineHandler } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { Route, Router, ServerSettings } from '../../protocol.js'
import { acceptedEncodings, encodings } from '../compression.js'
import { contentTypeOf } from '../content-type.js'

/** A method in one of the codecs that carry it. */
export interface ServedCodec {
  readonly method: ServedMethod
  readonly request: Serializer
  readonly reply: Serializer
  /** In front of every reply, and of an error before any. */
  readonly head: HeaderBlock
  /** The same for compressed replies, by encoding. */
  readonly compressedHeads: ReadonlyMap<string, HeaderBlock>
}

type ReplyHeads = Pick<ServedCodec, 'head' | 'compressedHeads'>

/** The methods of a router by their paths. */
export function servedMethods(router: Router, settings: ServerSettings): ReadonlyMap<string, ServedMethod> {
  const heads = new Map([...settings.codecs.values()].map(codec => [codec, replyHeads(contentTypeOf(codec))]))
  return new Map([...router.routes].map(([path, route]) => [path, new ServedMethod(route, settings, heads)]))
}

/** A route with all that can be prepared of it. */
export class ServedMethod {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
  readonly details: ErrorDetails
  private readonly refusals = new Map<string, string>()
  private readonly bySubtype = new Map<string, ServedCodec>()

  constructor(
    { method, handler }: Route,
    { limits }: Pick<ServerSettings, 'limits'>,
    codecs: ReadonlyMap<Codec, ReplyHeads>,
  ) {
    this.schema = method
    this.handler = handler
    this.details = new ErrorDetails(method.throws, { protobuf }, limits)
    for (const [codec, heads] of codecs) {
      try {
        this.add(codec, heads, limits)
      } catch (error) {
        // A message without field numbers is served in the codecs that need none.
        if (!(error instanceof RpcError) || error.code !== Code.failed_precondition) throw error
        this.refusals.set(codec.name, error.message)
      }
    }
  }

  /** Why it is not served in a codec that the server has. */
  refusalOf(subtype: string): string | undefined {
    return this.refusals.get(subtype)
  }

  forSubtype(subtype: string): ServedCodec | undefined {
    return this.bySubtype.get(subtype)
  }

  get subtypes(): readonly string[] {
    return [...this.bySubtype.keys()]
  }

  private add(codec: Codec, heads: ReplyHeads, options: CodecOptions): void {
    // Declared errors travel as details, whatever the codec of the messages.
    const { request, reply } = compileMethod(codec, { ...this.schema, throws: [] }, options)
    const { head, compressedHeads } = heads
    const served: ServedCodec = { method: this, request, reply, head, compressedHeads }
    for (const subtype of new Set([codec.name, ...codec.contentTypes])) this.bySubtype.set(subtype, served)
  }
}

function replyHeads(contentType: string): ReplyHeads {
  const compressedHeads = new Map(encodings.map(name => [name, replyHead(contentType, name)]))
  return { head: replyHead(contentType), compressedHeads }
}

export function replyHead(contentType: string, encoding?: string): HeaderBlock {
  const fields: [string, string][] = [
    [':status', '200'],
    ['content-type', contentType],
    ['grpc-accept-encoding', acceptedEncodings],
  ]
  if (encoding !== undefined) fields.push(['grpc-encoding', encoding])
  return prepareHeaders(fields)
}
