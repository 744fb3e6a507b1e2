import type { MessageSchema } from '../schema/message.js'

/** Turns messages of one schema into bytes and back. Compiled once per schema; keeps no state between calls. */
export interface Serializer<T = unknown> {
  /**
   * @returns bytes that nobody else holds or will write to
   * @throws RpcError `invalid_argument` naming the path of the value that does not fit its type
   */
  encode(message: T): Uint8Array
  /**
   * `encode` with room in front, so that a protocol writes its frame header there and copies nothing. Codecs that would have to copy leave it out.
   * @param headroom in bytes. What they hold is undefined: the caller writes all of them, and hands on no byte of them unwritten
   * @returns `headroom` bytes and the message behind them; nobody else holds or will write to them
   */
  encodeAfter?(message: T, headroom: number): Uint8Array
  /**
   * @param bytes one whole message, and only valid during the call: what is kept of it must be copied
   * @param isOwn the bytes are the message's from now on: large fields of bytes may be views of them
   * @throws RpcError `invalid_argument` naming the path of what is wrong; never anything else, whatever the bytes
   */
  decode(bytes: Uint8Array, isOwn?: boolean): T
}

export interface CodecOptions {
  /** Messages within messages that are written or followed, so that a cycle is an error and no overflow; default 64. */
  readonly depth: number
  /**
   * Values that one message may have when it is decoded: messages, entries of maps and sets, and elements of lists other than numbers, booleans
   * and enums. A codec refuses a message above it with `resource_exhausted`.
   */
  readonly values: number
  /**
   * Which groups and version of class-transformer's decorators hold, for codecs that honour them; set by `withTransform`. `none`: the message
   * is written and read as it is, for bytes that no peer sees.
   */
  readonly transform?: TransformOptions | 'none'
}

/** As in class-transformer's own options. */
export interface TransformOptions {
  /** Fields that are exposed for groups travel where one of theirs is among these; default: none of them do. */
  readonly groups?: readonly string[]
  /** Fields that are exposed since or until a version travel where this one is within; default: all do. */
  readonly version?: number
}

/** A serialization: JSON, protobuf ... One object, used by every protocol that carries it. */
export interface Codec {
  /** As in targets and content types: `json`, `proto`. */
  readonly name: string
  /** Subtypes of `application/` that mean it, the first being what is sent: `['json']`, `['proto', 'x-protobuf']`. */
  readonly contentTypes: readonly string[]
  /** Its bytes are UTF-8 text: such messages can stand in a URL as they are. */
  readonly isText: boolean
  /**
   * Called once per method and schema, at start-up.
   * @throws RpcError `failed_precondition` where the schema cannot be carried, such as a field without a number in protobuf
   */
  compile<T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T>
}
