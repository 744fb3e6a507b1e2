import type { MessageSchema } from '../schema/message.js'

<<<<<<< HEAD
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
=======
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
>>>>>>> d2e08ac (Write hover texts for the exports)
   */
  decode(bytes: Uint8Array, isOwn?: boolean): T
}

/** What a codec compiles a schema with. */
export interface CodecOptions {
<<<<<<< HEAD
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
=======
  /** The most levels of messages within messages, in both directions, so that a cycle is an error (`limits.depth`). */
  readonly depth: number
  /**
   * The most values of a decoded message: messages, entries of maps and sets, and elements of lists other than numbers, booleans and enums
   * (`limits.values`). A codec refuses a larger message with `resource_exhausted`.
   */
  readonly values: number
  /**
<<<<<<< HEAD
   * The groups and version of class-transformer's decorators, for codecs that honour them; set by `withTransform`. `none`: messages are encoded
   * as they are, for bytes that no peer sees. Default: no groups, every version.
>>>>>>> d2e08ac (Write hover texts for the exports)
=======
   * The groups and version of class-transformer's decorators, for codecs that honour them; set by `withTransform`. `none`: messages are
   * encoded as they are, for bytes that no peer sees. Default: no groups, every version.
>>>>>>> 6048e17 (Keep comments within 140 columns)
   */
  readonly transform?: TransformOptions | 'none'
}

<<<<<<< HEAD
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
=======
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
   * Compiles a schema, once per method and direction, at start-up.
   * @throws RpcError `failed_precondition` if it cannot carry the schema, such as protobuf a field without a number
>>>>>>> d2e08ac (Write hover texts for the exports)
   */
  compile<T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T>
}
