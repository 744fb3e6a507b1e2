import type { MessageSchema } from '../schema/message.js'

/** Turns messages of one schema into bytes and back. Compiled once per schema; has no state between calls. */
export interface Serializer<T = unknown> {
  /**
   * @returns bytes that no one else holds or will write to
   * @throws RpcError `invalid_argument` naming the path of the value that does not fit its type
   */
  encode(message: T): Uint8Array
  /**
   * `encode` with free bytes at the start, so that a protocol can write its frame header there without a copy. Optional: a codec that would have
   * to copy leaves it out.
   * @param headroom in bytes. Their content is undefined: the caller must write all of them before it sends them
   * @returns `headroom` bytes and then the message; no one else holds or will write to them
   */
  encodeAfter?(message: T, headroom: number): Uint8Array
  /**
   * @param bytes one whole message, valid only during the call: copy what you keep
   * @param isOwn the caller gives the bytes away, so large byte fields may be views of them; default false
   * @throws RpcError `invalid_argument` with the path of the fault, or `resource_exhausted`; never another error, whatever the bytes
   */
  decode(bytes: Uint8Array, isOwn?: boolean): T
}

export interface CodecOptions {
  /** Messages within messages, at most, in both directions. A cycle is then an error, not a stack overflow. `limits.depth`, default 64. */
  readonly depth: number
  /**
   * Values that one decoded message may have: messages, entries of maps and sets, and elements of lists other than numbers, booleans and enums.
   * A codec refuses more with `resource_exhausted`. `limits.values`.
   */
  readonly values: number
  /**
   * The groups and version of class-transformer's decorators, for codecs that honour them. `withTransform` sets them. `none` ignores the
   * decorators, for bytes that no peer sees.
   */
  readonly transform?: TransformOptions | 'none'
}

/** class-transformer's own options. */
export interface TransformOptions {
  /** A field that is exposed for groups travels if one of them is listed here. Default: no such field does. */
  readonly groups?: readonly string[]
  /** A field that is exposed since or until a version travels if this version is within. Default: every such field does. */
  readonly version?: number
}

/** A serialization such as JSON or protobuf: one object for every protocol. */
export interface Codec {
  /** The name in targets and content types: `json`, `proto`. */
  readonly name: string
  /** Its subtypes of `application/`; the first is the one sent: `['json']`, `['proto', 'x-protobuf']`. */
  readonly contentTypes: readonly string[]
  /** Whether its bytes are UTF-8 text, which can be part of a URL as it is. */
  readonly isText: boolean
  /**
   * Called once per method and schema, at start-up.
   * @throws RpcError `failed_precondition` if the codec cannot carry the schema, such as protobuf a field without a number
   */
  compile<T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T>
}
