import type { ErrorDetail } from '../../core/error-detail.js'
import type { AvroProtocols } from './avro-protocols.js'
import type { Contents, ThrownError } from './contents.js'

/** A call that went by. */
export interface SeenCall {
  readonly wire: string
  /** `hello.Hello/SayHello`, or the path or name where the wire has no more. */
  readonly method: string
  /** The name of a code; `exception` for a declared error whose code the wire does not tell. */
  code: string
  /** The text of its error; empty if it has none, or the wire did not tell it. */
  message: string
  /** Of its error. */
  details: readonly ErrorDetail[]
  requests: number
  replies: number
  /** Bytes of its messages. */
  sent: number
  received: number
  /** Monotonic milliseconds. */
  readonly began: number
  /** Of the request: name, value, name, value ... */
  readonly headers: readonly string[]
  /** Reads its messages, as JSON values; undefined if nobody asked for them. */
  messages?: (() => Promise<SeenMessages>) | undefined
}

export interface SeenMessages {
  /** Undefined if one of them could not be read. */
  readonly requests: readonly unknown[] | undefined
  readonly replies: readonly unknown[] | undefined
  /** Undefined if it ended without an error that its method declares. */
  readonly error?: ThrownError | undefined
}

/** What the readers of all connections share. */
export interface Reading {
  /** Undefined if the messages of calls are not to be read. */
  readonly contents: Contents | undefined
  readonly protocols: AvroProtocols
}

/** Reads a copy of what one connection carries. */
export interface WireReader {
  /** @throws anything if the bytes cannot be read; the connection is unread from then on */
  fromClient(chunk: Buffer): void
  fromServer(chunk: Buffer): void
  /** The connection has ended: what has no reply until now gets none. */
  ended(): void
}

/** Receives calls when they end. */
export type Tell = (call: SeenCall) => void

export function begin(wire: string, method: string, headers: readonly string[] = []): SeenCall {
  return {
    wire,
    method,
    code: '',
    message: '',
    details: [],
    requests: 0,
    replies: 0,
    sent: 0,
    received: 0,
    began: performance.now(),
    headers,
  }
}
