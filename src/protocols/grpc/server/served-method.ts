import type { Codec, CodecOptions, Serializer } from '../../../codecs/codec.js'
import { encodings } from '../../../codecs/compression.js'
import { ErrorDetails } from '../../../codecs/error-details.js'
import { carriers, compileMethod } from '../../../codecs/method-serializers.js'
import { protobuf } from '../../../codecs/protobuf/codec.js'
import type { EngineHandler } from '../../../core/active-call.js'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { MethodSchema } from '../../../schema/service.js'
import { checkRoutes } from '../../check-routes.js'
import { MadeMethods } from '../../made-methods.js'
import type { Route, Router, ServerSettings } from '../../protocol.js'
import { acceptedEncodings } from '../compression.js'
import { contentTypeOf } from '../content-type.js'

/** A method in one of the codecs that carry it. */
export interface ServedCodec {
  readonly method: ServedMethod
  readonly request: Serializer
  readonly reply: Serializer
  /** The headers of a reply, and of an error without a reply. */
  readonly head: HeaderBlock
  /** The headers of a compressed reply, by encoding. */
  readonly compressedHeads: ReadonlyMap<string, HeaderBlock>
}

/** The headers of replies: the same for all methods in one codec. */
class ReplyHeads {
  private readonly byCodec = new Map<Codec, Pick<ServedCodec, 'head' | 'compressedHeads'>>()

  of(codec: Codec): Pick<ServedCodec, 'head' | 'compressedHeads'> {
    let heads = this.byCodec.get(codec)
    if (heads === undefined) {
      heads = replyHeads(contentTypeOf(codec))
      this.byCodec.set(codec, heads)
    }
    return heads
  }
}

/**
 * The methods of a router.
 * @throws what the check of a codec throws other than `failed_precondition`
 */
export function servedMethods(router: Router, settings: ServerSettings): MadeMethods<ServedMethod> {
  checkRoutes(router, settings)
  const heads = new ReplyHeads()
  return new MadeMethods(router, route => new ServedMethod(route, settings, heads))
}

/** A route. Each codec is compiled for its first call. */
export class ServedMethod {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
  readonly details: ErrorDetails
  private readonly options: CodecOptions
  /** The codecs that can carry it. */
  private readonly codecs: readonly Codec[]
  private readonly refusals: ReadonlyMap<string, string>
  private readonly bySubtype = new Map<string, ServedCodec>()

  constructor(
    { method, handler }: Route,
    { codecs, limits }: Pick<ServerSettings, 'codecs' | 'limits'>,
    private readonly heads: ReplyHeads,
  ) {
    this.schema = method
    this.handler = handler
    this.options = limits
    this.details = new ErrorDetails(method.throws, { protobuf }, limits)
    const { carried, refusals } = carriers([...codecs.values()], method, limits)
    this.codecs = carried
    this.refusals = new Map(Array.from(refusals, ([codec, { message }]) => [codec.name, message]))
  }

  /** Why one of the server's codecs cannot carry it. */
  refusalOf(subtype: string): string | undefined {
    return this.refusals.get(subtype)
  }

  forSubtype(subtype: string): ServedCodec | undefined {
    return this.bySubtype.get(subtype) ?? this.compile(subtype)
  }

  warmUp(codecs: readonly Codec[]): void {
    for (const codec of codecs) {
      const served = this.codecs.includes(codec) ? this.forSubtype(codec.name) : undefined
      served?.request.prepare?.()
      served?.reply.prepare?.()
    }
    this.details.prepare()
  }

  get subtypes(): readonly string[] {
    return this.codecs.flatMap(subtypesOf)
  }

  private compile(subtype: string): ServedCodec | undefined {
    const codec = this.codecs.find(one => subtypesOf(one).includes(subtype))
    if (codec === undefined) return undefined
    // Declared errors are sent as details, in any codec.
    const { request, reply } = compileMethod(codec, { ...this.schema, throws: [] }, this.options)
    const served: ServedCodec = { method: this, request, reply, ...this.heads.of(codec) }
    for (const one of subtypesOf(codec)) this.bySubtype.set(one, served)
    return served
  }
}

function subtypesOf({ name, contentTypes }: Codec): string[] {
  return [...new Set([name, ...contentTypes])]
}

function replyHeads(contentType: string): Pick<ServedCodec, 'head' | 'compressedHeads'> {
  const compressedHeads = new Map(Array.from(encodings.keys(), name => [name, replyHead(contentType, name)]))
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
