import { Code } from '../core/code.js'
import { type ErrorDetail, sentDetails } from '../core/error-detail.js'
import { RpcError } from '../core/rpc-error.js'
import type { MessageSchema } from '../schema/message.js'
import type { Codec, CodecOptions, Serializer } from './codec.js'

/** The codecs of a detail's two forms. Without `json` a protocol carries only protobuf; without `protobuf` a page reads only JSON. */
export interface DetailCodecs {
  readonly protobuf?: Codec
  readonly json?: Codec
}

/**
 * Writes and reads the declared errors of one method as details, in every codec of its messages. Compiled for the first error.
 *
 * A detail has two forms. The protobuf bytes count. JSON is for people to read, and is the only form of a class without field numbers.
 */
export class ErrorDetails {
  private made: readonly DeclaredError[] | undefined

  /** @param schemas the method's `throws` */
  constructor(
    private readonly schemas: readonly MessageSchema[],
    private readonly codecs: DetailCodecs,
    private readonly options: CodecOptions,
  ) {}

  get declared(): readonly DeclaredError[] {
    const { codecs, options } = this
    this.made ??= this.schemas.map(schema => ({
      schema,
      protobuf: compiled(codecs.protobuf, schema, options),
      json: compiled(codecs.json, schema, options),
    }))
    return this.made
  }

  /** Compiles what the first error would compile. */
  prepare(): void {
    for (const { protobuf, json } of this.declared) {
      protobuf?.prepare?.()
      json?.prepare?.()
    }
  }

  /**
   * Reads the declared error in the details.
   * @param own properties for the error, except those that the class declares as fields
   * @returns undefined if there is none, or if it cannot be read
   */
  typed(details: readonly ErrorDetail[], own: OwnFields): RpcError | undefined {
    for (const [at, detail] of details.entries()) {
      const declared = this.declared.find(({ schema }) => schema.name === detail.type)
      const error = declared === undefined ? undefined : instanceOf(declared, detail)
      if (declared === undefined || error === undefined) continue
      const keys = new Set(declared.schema.fields.map(field => field.key))
      const rest = { ...own, details: details.toSpliced(at, 1) }
      return Object.assign(error, Object.fromEntries(Object.entries(rest).filter(([key]) => !keys.has(key))))
    }
    return undefined
  }
}

/** The details to send with an error: the error itself if it is one of the declared, then its own details. */
export function detailsOf(error: RpcError, { declared }: ErrorDetails): readonly ErrorDetail[] {
  const found = declared.find(({ schema }) => schema.class !== undefined && error instanceof schema.class)
  const details = sentDetails(error)
  return found === undefined ? details : [detailOf(found, error), ...details]
}

/** Properties of every RpcError. */
export type OwnFields = Pick<RpcError, 'message' | 'code' | 'headers' | 'delivery'>

export interface DeclaredError {
  readonly schema: MessageSchema
  readonly protobuf: Serializer | undefined
  readonly json: Serializer | undefined
}

/** Undefined if the codec cannot carry the schema, such as protobuf one without field numbers. */
function compiled(codec: Codec | undefined, schema: MessageSchema, options: CodecOptions): Serializer | undefined {
  try {
    return codec?.compile(schema, options)
  } catch (error) {
    if (error instanceof RpcError && error.code === Code.failed_precondition) return undefined
    throw error
  }
}

const nothing = /* @__PURE__ */ new Uint8Array(0)
const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()

function detailOf({ schema, protobuf, json }: DeclaredError, error: RpcError): ErrorDetail {
  const value = protobuf?.encode(error) ?? nothing
  if (json === undefined) return { type: schema.name, value }
  return { type: schema.name, value, debug: JSON.parse(decoder.decode(json.encode(error))) as unknown }
}

function instanceOf({ protobuf, json }: DeclaredError, { value, debug }: ErrorDetail): RpcError | undefined {
  try {
    const bytes = value.byteLength > 0 || debug === undefined
    if (protobuf !== undefined && bytes) return protobuf.decode(value) as RpcError
    if (json !== undefined && debug !== undefined) return json.decode(encoder.encode(JSON.stringify(debug))) as RpcError
    return protobuf?.decode(value) as RpcError | undefined
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}
