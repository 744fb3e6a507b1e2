import { Code, codeName } from './code.js'
import type { HeaderFields } from './header-fields.js'

/**
 * How far a failed call got, as far as this side can prove it:
 * - `unsent`: it never left this process, so the server cannot know of it;
 * - `refused`: the server said (or the protocol proves) that no handler saw it;
 * - `unknown`: it may have been processed.
 * Retries of methods that are not idempotent rest on this (gRFC A6, "transparent retries").
 */
export type Delivery = 'unsent' | 'refused' | 'unknown'

/** A typed detail as it travels: the message's full name and its protobuf bytes; `debug` is its JSON, where the wire has one. */
export interface ErrorDetail {
  readonly type: string
  readonly value: Uint8Array
  readonly debug?: unknown
}

export interface RpcErrorOptions {
  /** The error beneath. Kept on this side, never sent to a peer. */
  readonly cause?: unknown
  /** Details of types that this side does not know. */
  readonly details?: readonly ErrorDetail[]
  /** Metadata that goes with the error: trailers on gRPC, headers on HTTP. */
  readonly headers?: HeaderFields
  readonly delivery?: Delivery
  /** Stable name of errors that polywire itself raises; each is listed in docs/reference/errors.md. */
  readonly reason?: string
}

const brand = Symbol.for('polywire.RpcError')

/**
 * The one error of every call, on both sides and on every wire.
 *
 * A class that extends it and is a `@Message` can be declared with `@Throws`: it then travels with its fields and arrives as the
 * same class. Such a class must be constructible without arguments, as every message is.
 *
 * Bundlers rename classes; its name is fixed, and its body does not mention `RpcError`, which would make them do so without minifying.
 */
export class RpcError extends Error {
  static override readonly name: string = 'RpcError'
  readonly code: Code
  readonly details: readonly ErrorDetail[]
  readonly headers: HeaderFields | undefined
  readonly delivery: Delivery
  readonly reason: string | undefined

  constructor(message = '', code: Code = Code.unknown, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? []
    this.headers = options.headers
    this.delivery = options.delivery ?? 'unknown'
    this.reason = options.reason
  }

  override get name(): string {
    return isBase(this.constructor) ? `RpcError [${codeName(this.code) ?? this.code}]` : this.constructor.name
  }

  /** Recognises the errors of a second installed copy of polywire too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!isBase(this)) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && brand in value
  }

  /** The value itself where it is an RpcError; else an `unknown` error with the value as its cause. */
  static from(value: unknown, code: Code = Code.unknown): RpcError {
    return rpcErrorOf(value, code)
  }
}

Object.defineProperty(RpcError.prototype, brand, { value: true })

/** Whether this is RpcError, of whichever copy of polywire, and not a class that extends it. */
function isBase(type: unknown): boolean {
  return typeof type === 'function' && Object.hasOwn(type.prototype as object, brand)
}

function rpcErrorOf(value: unknown, code: Code): RpcError {
  if (value instanceof RpcError) return value
  return new RpcError(value instanceof Error ? value.message : String(value), code, { cause: value })
}

/**
 * A mistake in how polywire is used, found at start-up: `failed_precondition`, with the place and what to write instead.
 * @param reason its stable name, listed in docs/reference/errors.md
 */
export function misuse(reason: string, message: string): RpcError {
  return new RpcError(message, Code.failed_precondition, { reason, delivery: 'unsent' })
}

/** The body of a contract's method that has no implementation here: `unimplemented`. */
export function unimplemented(what?: string): never {
  throw new RpcError(what ?? 'this method is a contract without an implementation', Code.unimplemented, {
    reason: 'contract_without_implementation',
  })
}
