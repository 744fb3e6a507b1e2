import { Code, codeName } from './code.js'
import type { ErrorDetail } from './error-detail.js'
import type { HeaderFields } from './header-fields.js'
import type { CodeOf, Mistake, Reason } from './reasons.js'

/**
 * How far a failed call got, as far as this side can prove:
 * - `unsent`: the call never left this process;
 * - `refused`: the server or the protocol proves that no handler saw it;
 * - `unknown`: a handler may have run.
 * Retries of methods that are not idempotent depend on it (gRFC A6, "transparent retries").
 */
export type Delivery = 'unsent' | 'refused' | 'unknown'

/** Options of an `RpcError`. */
export interface RpcErrorOptions {
  /** The underlying error. It stays on this side and is never sent. Default: none. */
  readonly cause?: unknown
  /** gRPC error details of types that the method does not declare. Default: none. */
  readonly details?: readonly ErrorDetail[]
  /** Metadata sent with the error: trailers on gRPC, headers on HTTP. Default: none. */
  readonly headers?: HeaderFields
  /** How far the call got. Default: `unknown`. */
  readonly delivery?: Delivery
  /**
   * A stable name for programs to tell errors apart. polywire's own are listed in docs/reference/errors.md; an application may add its own.
   * Default: none.
   */
  readonly reason?: Reason | OtherReason
}

/** Any other text. The intersection keeps the union from collapsing to `string`, so that an editor completes polywire's own reasons. */
type OtherReason = string & Record<never, never>

/** The fields of a declared error, for `of`: its properties that `RpcError` does not have. */
export type ErrorFields<T extends RpcError> = Partial<Omit<T, Exclude<keyof RpcError, 'name'>>>

/** A class that extends RpcError and needs no arguments. */
interface DeclaredErrorClass<T extends RpcError> {
  new (): T
  readonly of: unknown
}

const brand = Symbol.for('polywire.RpcError')
/** The property of a class that holds the code of its contract. Registered, so that a second installed copy of polywire reads it too. */
export const contractCode = Symbol.for('polywire.RpcError.code')

// Bundlers rename classes. The name is fixed, and the body does not mention `RpcError`, which makes them rename it without minifying.
/**
 * The error of a failed call, on both sides and on every wire.
 *
 * Decide by `code`. A handler's `RpcError` reaches the caller with code, message, headers and, except over Thrift, details. `cause`,
 * `reason` and the stack stay here.
 *
 * To send fields with an error, extend this class, decorate it with `@Message` and name it in `@Throws`; `of` makes one with its fields.
 * `new` must work without arguments.
 *
 * @example
 * throw new RpcError(`there is no order ${id}`, Code.not_found)
 *
 * @see docs/guide/errors.md
 */
export class RpcError extends Error {
  /** Always `RpcError`, also if a bundler renames the class. */
  static override readonly name: string = 'RpcError'
  /** What kind of failure it is. */
  readonly code: Code
  /** gRPC error details of types that the method does not declare. */
  readonly details: readonly ErrorDetail[]
  /** Metadata that came, or is sent, with the error. */
  readonly headers: HeaderFields | undefined
  /** How far the call got, as far as this side can prove. */
  readonly delivery: Delivery
  /**
   * The name of a failure that polywire raised on this side, such as `circuit_open` (docs/reference/errors.md). Undefined if a server sent
   * it.
   */
  readonly reason: Reason | OtherReason | undefined

  /** Makes an error. @param code default: the code of the class's `@Message`, else `unknown` */
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
   * @example
   * throw DivisionByZero.of('cannot divide 7 by zero', { dividend: 7 })
   */
  static of<T extends RpcError>(
    this: DeclaredErrorClass<T>,
    message: string,
    fields: ErrorFields<T> = {},
    options: RpcErrorOptions & {
      /** Replaces the code of the class's `@Message`. Default: that code. */
      readonly code?: Code
    } = {},
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

  /** Whether the value is an `RpcError`, also of a second installed copy of polywire. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!isBase(this)) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && brand in value
  }

  /** Returns the value if it is an `RpcError`; else an error with this code (default `unknown`) and the value as its cause. */
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
  return new RpcError(thrownText(value), code, { cause: value })
}

/** The message or the text of a thrown value. It never throws itself; a value that has none, as `Object.create(null)`, is its type. */
export function thrownText(value: unknown): string {
  try {
    return String(value instanceof Error ? value.message : value)
  } catch {
    return typeof value
  }
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

/**
 * Throws `unimplemented`: the body of a method in a contract, whose implementation is a subclass elsewhere.
 *
 * @param what the message; default: `this method is a contract without an implementation`
 *
 * @example
 * @Method({ accepts: HelloRequest, returns: HelloReply })
 * async sayHello(_request: HelloRequest): Promise<HelloReply> { return unimplemented() }
 *
 * @throws RpcError `unimplemented` (`contract_without_implementation`), always
 * @see docs/guide/services-and-messages.md
 */
export function unimplemented(what?: string): never {
  throw failure(
    'contract_without_implementation',
    Code.unimplemented,
    what ?? 'this method is a contract without an implementation',
  )
}
