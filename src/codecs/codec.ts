import type { MessageSchema } from '../schema/message.js'

/** Encodes and decodes the messages of a schema. Compiled once per schema; keeps no state between calls. */
export interface Serializer<T = unknown> {
  /**
   * Encodes a message.
   * @returns bytes that nothing else holds or writes to
   * @throws RpcError `invalid_argument`, with the path of the value that does not fit its type
   */
  encode(message: T): Uint8Array
  /**
   * Encodes a message after some free bytes, so that a protocol writes its frame header there without copying. A codec that would have to
   * copy leaves it out.
   * @param headroom the number of free bytes. Their content is undefined: the caller must write all of them
   * @returns the free bytes and the message after them; nothing else holds or writes to them
   */
  encodeAfter?(message: T, headroom: number): Uint8Array
  /**
   * Decodes a message.
   * @param bytes one whole message, valid only during the call: copy what the result keeps
   * @param isOwn whether the result may keep the bytes, so that large fields of bytes can be views of them; default false
   * @throws RpcError `invalid_argument`, with the path of what is wrong; never anything else, whatever the bytes
   */
  decode(bytes: Uint8Array, isOwn?: boolean): T
  /** Compiles what the first message would compile. Default: `Codec.compile` has compiled everything. */
  prepare?(): void
}

/** What a codec compiles a schema with. */
export interface CodecOptions {
  /** The most levels of messages within messages, in both directions, so that a cycle is an error (`limits.depth`). */
  readonly depth: number
  /**
   * The most values of a decoded message: messages, entries of maps and sets, and elements of lists other than numbers, booleans and enums
   * (`limits.values`). A codec refuses a larger message with `resource_exhausted`.
   */
  readonly values: number
  /**
   * The groups and version of class-transformer's decorators, for codecs that honour them; set by `withTransform`. `none`: messages are
   * encoded as they are, for bytes that no peer sees. Default: no groups, every version.
   */
  readonly transform?: TransformOptions | 'none'
}

/** The options of class-transformer that `withTransform` sets. */
export interface TransformOptions {
  /** The groups for which `@Expose({ groups })` exposes a field. Default: none, so fields with groups are left out. */
  readonly groups?: readonly string[]
  /** The version for which `@Expose({ since, until })` exposes a field. Default: every version. */
  readonly version?: number
}

/**
 * A serialization format, such as JSON or protobuf. Every protocol uses the same object.
 *
 * @example
 * await serve([Hello], { codecs: [cbor] })
 *
 * @see docs/guide/codecs.md
 */
export interface Codec {
  /** The name in targets: `json`, `proto`. */
  readonly name: string
  /** The subtypes of `application/` that it reads; it sends the first: `['proto', 'x-protobuf']`. */
  readonly contentTypes: readonly string[]
  /** Whether its bytes are UTF-8 text, so that a message can be part of a URL. */
  readonly isText: boolean
  /**
   * Tells at start-up whether the codec can carry a schema, without compiling it. Default: a server compiles it to see.
   * @throws RpcError `failed_precondition` as `compile`
   */
  check?(schema: MessageSchema, options: CodecOptions): void
  /**
   * Compiles a schema: a server once per method and direction, before the first call that uses it; a client when it is bound.
   * @throws RpcError `failed_precondition` if it cannot carry the schema, such as protobuf a field without a number
   */
  compile<T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T>
}
