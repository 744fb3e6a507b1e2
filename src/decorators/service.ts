import type { Call } from '../core/call.js'
import type { RpcError } from '../core/rpc-error.js'
import type { JsonObject } from '../schema/json-value.js'
import type { Class, StreamType, TypeLike } from '../schema/type.js'
import type { ArgumentDeclaration, MethodShape, ServiceOptions, ThrownDeclaration } from './declaration.js'
import { declareService, ownMethod, ownParameter } from './declarations.js'
import type {
  AnyMethodDecorator,
  ArgumentOptions,
  DeclaringDecorator,
  MethodArguments,
  MethodDecoratorOf,
  PositionalMethodDecorator,
  ReturningMethodDecorator,
} from './fitting.js'

/**
 * Makes a class a service, which `serve` can serve and `connect` can call.
 *
 * A subclass of a service is an implementation of it: it inherits name, methods and policies.
 *
 * @param name name on the wire, with its package; default: the name of the service that the class extends, else the class's name
 *
 * @example
 * @Service('hello.Hello')
 * class Hello {
 *   @Method({ accepts: HelloRequest, returns: HelloReply })
 *   async sayHello(request: HelloRequest): Promise<HelloReply> { return { message: `Hello, ${request.name}!` } }
 * }
 *
 * @see docs/guide/services-and-messages.md
 */
export function Service(name?: string, options?: ServiceOptions): DeclaringDecorator {
  return (...args) => {
    const declaration = declareService(args)
    declaration.declared = true
    declaration.name = name
    declaration.options = options
  }
}

/** Options of a method. */
export interface MethodOptions {
  /** Name on the wire; default: the property's name with its first letter in upper case. */
  readonly name?: string
  /** The caller waits for no reply: Thrift `oneway`, Avro one-way. Only for methods that return `nothing`. Default false. */
  readonly oneway?: boolean
  /** Whether callers should no longer use it, for IDLs and reflection; default false. */
  readonly deprecated?: boolean
  /** Custom properties of its message in Avro protocols, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
}

/**
 * Makes a method callable over every wire. The compiler checks the types against those of the TypeScript method.
 *
 * `accepts` is the type of its only parameter. `args` names several parameters, in their order. Both can be left out if the method has no
 * parameter; with `experimentalDecorators` also if each parameter has `@Arg`, or if the compiler emits types and the only parameter is a
 * message. `streamOf(...)` makes a stream of requests, of replies, or of both: then the method takes or returns an `AsyncIterable`.
 *
 * @example
 * @Method({ accepts: HelloRequest, returns: HelloReply })
 * async sayHello(request: HelloRequest): Promise<HelloReply> { ... }
 *
 * @Method({ args: { dividend: double, divisor: double }, returns: double })
 * async divide(dividend: number, divisor: number): Promise<number> { return dividend / divisor }
 *
 * @Method({ accepts: WatchRequest, returns: streamOf(Tick) })
 * async *watch(request: WatchRequest): AsyncIterable<Tick> { ... }
 *
 * @see docs/guide/services-and-messages.md
 */
export function Method<A, R>(how: {
  accepts: Class<A>
  returns: Class<R>
  readonly name?: string
  readonly oneway?: boolean
  readonly properties?: JsonObject
}): MethodDecoratorOf<A, Promise<R>>
/** A method that takes and returns values that are not messages: `@Method({ accepts: string, returns: listOf(Book) })`. */
export function Method<A, R>(
  how: { accepts: TypeLike<A>; returns: TypeLike<R> } & MethodOptions,
): MethodDecoratorOf<A, Promise<R>>
/** A method that takes one message and returns a stream: `@Method({ accepts: WatchRequest, returns: streamOf(Tick) })`. */
export function Method<A, R>(
  how: { accepts: TypeLike<A>; returns: StreamType<R> } & MethodOptions,
): MethodDecoratorOf<A, AsyncIterable<R>>
/** A method that takes a stream and returns one message: `@Method({ accepts: streamOf(Item), returns: Sum })`. */
export function Method<A, R>(
  how: { accepts: StreamType<A>; returns: TypeLike<R> } & MethodOptions,
): MethodDecoratorOf<AsyncIterable<A>, Promise<R>>
/** A method with streams in both directions: `@Method({ accepts: streamOf(Line), returns: streamOf(Line) })`. */
export function Method<A, R>(
  how: { accepts: StreamType<A>; returns: StreamType<R> } & MethodOptions,
): MethodDecoratorOf<AsyncIterable<A>, AsyncIterable<R>>
/** A method with positional arguments: `@Method({ args: { dividend: double, divisor: double }, returns: double })`. */
export function Method<const A extends MethodArguments, R>(
  how: { args: A; returns: TypeLike<R> } & MethodOptions,
): PositionalMethodDecorator<A, Promise<R>>
/** A method with positional arguments that returns a stream: `@Method({ args: { from: int32 }, returns: streamOf(Tick) })`. */
export function Method<const A extends MethodArguments, R>(
  how: { args: A; returns: StreamType<R> } & MethodOptions,
): PositionalMethodDecorator<A, AsyncIterable<R>>
/**
 * A method that returns a stream, with its parameters from `@Arg` or emitted types: `@Method({ returns: streamOf(Tick), name: 'Watch' })`.
 */
export function Method<R>(how: { returns: StreamType<R> } & MethodOptions): ReturningMethodDecorator<AsyncIterable<R>>
/**
 * A method that returns one message, with its parameters from `@Arg` or emitted types: `@Method({ returns: HelloReply, name: 'Greet' })`.
 */
export function Method<R>(how: { returns: TypeLike<R> } & MethodOptions): ReturningMethodDecorator<Promise<R>>
/** A method that returns a stream, with its parameters from `@Arg` or emitted types: `@Method(streamOf(Tick))`. */
export function Method<R>(returns: StreamType<R>): ReturningMethodDecorator<AsyncIterable<R>>
/** A method that returns one message, with its parameters from `@Arg` or emitted types: `@Method(HelloReply)`. */
export function Method<R>(returns: TypeLike<R>): ReturningMethodDecorator<Promise<R>>
export function Method(how: unknown): unknown {
  const shape = shapeOf(how)
  return (...args: unknown[]) => {
    ownMethod(args).shape = shape
  }
}

function shapeOf(how: unknown): MethodShape {
  if (typeof how === 'object' && how !== null && 'returns' in how) {
    const { args, oneway = false, ...rest } = how as DeclaredMethod
    return { ...rest, arguments: args && argumentsOf(args), oneway }
  }
  return { returns: how as TypeLike, oneway: false }
}

interface DeclaredMethod extends MethodOptions {
  readonly returns: TypeLike
  readonly accepts?: TypeLike
  readonly args?: MethodArguments
}

function argumentsOf(args: MethodArguments): ReadonlyMap<number, ArgumentDeclaration> {
  return new Map(
    Object.entries(args).map(([name, how], at) => {
      const [number, type, options] = Array.isArray(how)
        ? (how as [number, TypeLike, ArgumentOptions?])
        : [at + 1, how as TypeLike]
      return [at, { number, name, type, options }]
    }),
  )
}

declare const parameter: unique symbol
/** No class is one. It makes the compiler's error say which parameter was expected. */
interface MethodWithParameter<T> {
  readonly [parameter]: T
}

/** Fits only a parameter that accepts a `T`. */
type ArgOf<T> = <O extends object, K extends string & keyof O, I extends number>(
  target: O[K] extends (...args: infer P) => unknown ? ([T] extends [P[I]] ? O : MethodWithParameter<T>) : never,
  key: K,
  index: I,
) => void

/**
 * Makes a parameter a field of the method's request message, so that a method can take positional arguments. Needs
 * `experimentalDecorators`; `args` of `@Method` does not.
 *
 * @param number the field's number
 * @param name the field's name on the wire
 *
 * @example
 * @Method(double)
 * async divide(@Arg(1, 'dividend', double) a: number, @Arg(2, 'divisor', double) b: number): Promise<number> { return a / b }
 *
 * @see docs/guide/services-and-messages.md
 */
export function Arg<T>(number: number, name: string, type: TypeLike<T>, options?: ArgumentOptions): ArgOf<T>
/** Makes a parameter, whose type the compiler emits, a field of the request: `@Arg(1, 'name') name: string`. */
export function Arg(number: number, name: string): (target: object, key: string, index: number) => void
export function Arg(
  number: number,
  name: string,
  type?: TypeLike,
  options?: ArgumentOptions,
): (target: object, key: string, index: number) => void {
  return (...args) => {
    const [method, index] = ownParameter(args)
    method.arguments ??= new Map()
    method.arguments.set(index, { number, name, type, options })
  }
}

/**
 * Gives the handler its call, as the last parameter: headers, deadline, peer, cancellation. Callers leave it out, so make it optional.
 * Needs `experimentalDecorators`; `currentCall()` does not.
 *
 * @example
 * async sayHello(request: HelloRequest, @Context() call?: Call): Promise<HelloReply> {
 *   call?.replyHeaders.set('x-served-by', hostname())
 *   return { message: `Hello, ${request.name}!` }
 * }
 *
 * @see docs/guide/services-and-messages.md
 */
export function Context(): ArgOf<Call>
export function Context(): (target: object, key: string, index: number) => void {
  return (...args) => {
    const [method, index] = ownParameter(args)
    method.contextIndex = index
  }
}

/**
 * Declares the errors of a method: `@Message` classes that extend `RpcError`. The caller catches the same class, with its fields.
 *
 * An error that is not declared arrives as a plain `RpcError` with its code. A class that is declared further down is given as a thunk.
 *
 * @example
 * @Method({ args: { dividend: double, divisor: double }, returns: double }) @Throws(DivisionByZero)
 * async divide(a: number, b: number): Promise<number> {
 *   if (b === 0) throw DivisionByZero.of(`cannot divide ${a} by zero`, { dividend: a })
 *   return a / b
 * }
 *
 * @see docs/guide/errors.md
 */
export function Throws(...errors: readonly (Class<RpcError> | (() => Class<RpcError>))[]): AnyMethodDecorator
/** Declares the errors of a method by their ids in a Thrift IDL, if these are not 1, 2, 3 ...: `@Throws({ 2: NotFound, 5: Closed })`. */
export function Throws(errors: { readonly [id: number]: Class<RpcError> | (() => Class<RpcError>) }): AnyMethodDecorator
export function Throws(...errors: readonly (ThrownError | Readonly<Record<string, ThrownError>>)[]): unknown {
  const declared = errors.flatMap((one): ThrownDeclaration[] =>
    typeof one === 'object' && one !== null
      ? Object.entries(one).map(([id, error]) => ({ id: Number(id), error }))
      : [{ id: undefined, error: one }],
  )
  return (...args: unknown[]) => {
    ownMethod(args).throws = declared
  }
}

type ThrownError = Class | (() => Class)

/**
 * Declares that a method has no side effects, so that it may be cached, retried, hedged, and called with HTTP GET.
 *
 * @example
 * @Method({ accepts: GetUser, returns: User }) @Safe() @Retry()
 *
 * @see docs/guide/policies.md
 */
export function Safe(): AnyMethodDecorator
export function Safe(): unknown {
  return (...args: unknown[]) => {
    ownMethod(args).idempotency = 'safe'
  }
}

/**
 * Declares that calling a method twice has the same effect as calling it once, so that it may be retried and hedged.
 *
 * @example
 * @Method({ accepts: PutUser, returns: nothing }) @Idempotent() @Retry()
 *
 * @see docs/guide/policies.md
 */
export function Idempotent(): AnyMethodDecorator
export function Idempotent(): unknown {
  return (...args: unknown[]) => {
    ownMethod(args).idempotency = 'idempotent'
  }
}
