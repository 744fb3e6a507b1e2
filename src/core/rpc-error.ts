import { Code, codeName } from './code.js'
import type { HeaderFields } from './header-fields.js'
import type { CodeOf, Mistake, Reason } from './reasons.js'

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
  /** A stable name for programs to tell errors apart. polywire's own are listed in docs/reference/errors.md; an application may add its own. */
  readonly reason?: Reason | OtherReason
}

/** Any other text. The intersection keeps the union from collapsing to `string`, so that an editor completes polywire's own reasons. */
type OtherReason = string & Record<never, never>

/** What a declared error adds to RpcError: the properties that `of` takes. */
export type ErrorFields<T extends RpcError> = Partial<Omit<T, Exclude<keyof RpcError, 'name'>>>

/** A class that extends RpcError and needs no arguments. */
interface DeclaredErrorClass<T extends RpcError> {
  new (): T
  readonly of: unknown
}

const brand = Symbol.for('polywire.RpcError')
/** On a class: the code that its contract gives it. Registered, so that a class decorated by a second installed copy is understood. */
export const contractCode = Symbol.for('polywire.RpcError.code')

/**
 * The error of every call, on both sides and on every wire.
 *
 * A subclass that is a `@Message` can be declared with `@Throws`. It then travels with its fields and arrives as the same class. It must be
 * constructible without arguments, as every message is; `of` makes one with its fields.
 *
 * @example
 * throw new RpcError(`there is no order ${id}`, Code.not_found)
 *
 * Bundlers rename classes; its name is fixed, and its body does not mention `RpcError`, which would make them do so without minifying.
 */
export class RpcError extends Error {
  static override readonly name: string = 'RpcError'
  readonly code: Code
  readonly details: readonly ErrorDetail[]
  readonly headers: HeaderFields | undefined
  readonly delivery: Delivery
  /** Which failure it is, where polywire raised it on this side: `circuit_open`. Undefined for an error that came from a server. */
  readonly reason: Reason | OtherReason | undefined

  /** @param code default: the code that the class's `@Message` gives it, else `unknown` */
  constructor(message = '', code?: Code, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code ?? (new.target as { readonly [contractCode]?: Code })[contractCode] ?? Code.unknown
    this.details = options.details ?? []
    this.headers = options.headers
    this.delivery = options.delivery ?? 'unknown'
    this.reason = options.reason
  }

  /**
   * Makes a declared error with its fields. A constructor cannot set them, because class fields are initialised after `super()`.
   *
   * @param fields the class's own fields; those left out keep their initial value
   * @param options `code` replaces the one of the class's `@Message`
   * @example
   * throw DivisionByZero.of('cannot divide 7 by zero', { dividend: 7 })
   */
  static of<T extends RpcError>(
    this: DeclaredErrorClass<T>,
    message: string,
    fields: ErrorFields<T> = {},
    options: RpcErrorOptions & { readonly code?: Code } = {},
  ): T {
    const error = new this()
    const { code, cause, ...own } = options
    Object.assign(error, fields, own)
    if (code !== undefined) Object.assign(error, { code })
    if (cause !== undefined) hidden(error, 'cause', cause)
    hidden(error, 'message', message)
    // The constructor wrote the stack's first line without the message.
    Error.captureStackTrace(error, this.of as (...of: never) => unknown)
    return error
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
// The class's name, for RpcError itself with the code. Declared by Error alone, so that the compiler accepts a field of that name.
Object.defineProperty(RpcError.prototype, 'name', {
  configurable: true,
  get(this: RpcError): string {
    return isBase(this.constructor) ? `RpcError [${codeName(this.code) ?? this.code}]` : this.constructor.name
  },
  set(this: RpcError, value: unknown) {
    Object.defineProperty(this, 'name', { value, writable: true, configurable: true, enumerable: true })
  },
})

/** Whether this is RpcError, of whichever copy of polywire, and not a class that extends it. */
function isBase(type: unknown): boolean {
  return typeof type === 'function' && Object.hasOwn(type.prototype as object, brand)
}

function rpcErrorOf(value: unknown, code: Code): RpcError {
  if (value instanceof RpcError) return value
  return new RpcError(value instanceof Error ? value.message : String(value), code, { cause: value })
}

/** As Error's constructor defines them: neither printed twice by `inspect` nor copied by a spread. */
function hidden(error: RpcError, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true })
}

/**
 * A failure that polywire raises. The compiler accepts only the reasons and codes of `core/reasons.ts`.
 * @param message what happened, where (class, method, endpoint), and what to do
 */
export function failure<R extends Reason>(
  reason: R,
  code: CodeOf<R>,
  message: string,
  options?: Omit<RpcErrorOptions, 'reason'>,
): RpcError {
  return new RpcError(message, code, { ...options, reason })
}

/** A mistake in how polywire is used, found at start-up: `failed_precondition`. The message gives the place and what to write instead. */
export function misuse(reason: Mistake, message: string): RpcError {
  return failure(reason, Code.failed_precondition, message, { delivery: 'unsent' })
}

/** The body of a contract's method that has no implementation here: `unimplemented`. */
export function unimplemented(what?: string): never {
  throw failure(
    'contract_without_implementation',
    Code.unimplemented,
    what ?? 'this method is a contract without an implementation',
  )
}
