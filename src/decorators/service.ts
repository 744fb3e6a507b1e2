import type { Call } from '../core/call.js'
import type { RpcError } from '../core/rpc-error.js'
import type { Class, StreamType, TypeLike } from '../schema/type.js'
import { type MethodShape, ownMethod, ownService } from './declarations.js'

/**
 * Makes a class a service.
 * @param name as on the wire, with its package: `hello.Hello`; default: that of the service it extends, else the class's name
 */
export function Service(name?: string): (target: Class) => void {
  return target => {
    const declaration = ownService(target)
    declaration.declared = true
    declaration.name = name
  }
}

/** Only fits a method that can stand for an F: one that returns more than F promises, such as an AsyncGenerator, is an F too. */
type On<F> = <G extends F>(target: object, key: string, descriptor: TypedPropertyDescriptor<G>) => void
/** Parameters that are not checked: the context, or arguments that `@Arg` describes. */
type Rest = never[]
type Unary<R> = (...args: Rest) => Promise<R>
type Streamed<R> = (...args: Rest) => AsyncIterable<R>

interface Naming {
  /** Name on the wire; default: the property's with its first letter in upper case. */
  readonly name?: string
  /** Nobody waits for a reply: Thrift `oneway`, Avro one-way. Only for methods that return `nothing`. */
  readonly oneway?: boolean
}

/**
 * Makes a method callable from elsewhere: `@Method(HelloReply)`, `@Method(streamOf(Tick))`, `@Method({ accepts: ..., returns: ... })`.
 *
 * `accepts` may be left out where the compiler emits parameter types and the one parameter is a message class, where every parameter has
 * its `@Arg`, and where there is no parameter.
 */
export function Method<A, R>(
  how: { accepts: StreamType<A>; returns: StreamType<R> } & Naming,
): On<(requests: AsyncIterable<A>, ...rest: Rest) => AsyncIterable<R>>
export function Method<A, R>(
  how: { accepts: StreamType<A>; returns: TypeLike<R> } & Naming,
): On<(requests: AsyncIterable<A>, ...rest: Rest) => Promise<R>>
export function Method<A, R>(
  how: { accepts: TypeLike<A>; returns: StreamType<R> } & Naming,
): On<(request: A, ...rest: Rest) => AsyncIterable<R>>
export function Method<A, R>(
  how: { accepts: TypeLike<A>; returns: TypeLike<R> } & Naming,
): On<(request: A, ...rest: Rest) => Promise<R>>
export function Method<R>(how: { returns: StreamType<R> } & Naming): On<Streamed<R>>
export function Method<R>(how: { returns: TypeLike<R> } & Naming): On<Unary<R>>
export function Method<R>(returns: StreamType<R>): On<Streamed<R>>
export function Method<R>(returns: TypeLike<R>): On<Unary<R>>
export function Method(how: unknown): (target: object, key: string) => void {
  const shape = shapeOf(how)
  return (target, key) => {
    ownMethod(target, key).shape = shape
  }
}

function shapeOf(how: unknown): MethodShape {
  if (typeof how === 'object' && how !== null && 'returns' in how) {
    const { returns, accepts, name, oneway } = how as { returns: TypeLike; accepts?: TypeLike } & Naming
    return { returns, accepts, name, oneway: oneway ?? false }
  }
  return { returns: how as TypeLike, accepts: undefined, name: undefined, oneway: false }
}

declare const parameter: unique symbol
/** What no class is; stands in the compiler's error to say what was expected. */
interface MethodWithParameter<T> {
  readonly [parameter]: T
}

/** Only fits a parameter whose TypeScript type takes a `T`. */
type ArgOf<T> = <O extends object, K extends string & keyof O, I extends number>(
  target: O[K] extends (...args: infer P) => unknown ? ([T] extends [P[I]] ? O : MethodWithParameter<T>) : never,
  key: K,
  index: I,
) => void

/**
 * Describes a positional argument; all arguments of a method together make its request message.
 * @param type may be left out where the compiler emits it, as for `@Field`
 */
export function Arg(number: number, name: string): (target: object, key: string, index: number) => void
export function Arg<T>(number: number, name: string, type: TypeLike<T>): ArgOf<T>
export function Arg(
  number: number,
  name: string,
  type?: TypeLike,
): (target: object, key: string, index: number) => void {
  return (target, key, index) => {
    ownMethod(target, key).arguments.set(index, { number, name, type })
  }
}

/** Hands the handler its call, as the last parameter: `async greet(request: Greeting, @Context() call?: Call)`. */
export function Context(): ArgOf<Call>
export function Context(): (target: object, key: string, index: number) => void {
  return (target, key, index) => {
    ownMethod(target, key).contextIndex = index
  }
}

type MethodDecoratorOf = (target: object, key: string, descriptor: PropertyDescriptor) => void

/**
 * Declares errors that travel typed: `@Message` classes that extend RpcError. They arrive as instances of the same class, fields and all;
 * what is not declared arrives as a plain RpcError with its code.
 */
export function Throws(...errors: readonly (Class<RpcError> | (() => Class<RpcError>))[]): MethodDecoratorOf {
  return (target, key) => {
    ownMethod(target, key).throws = errors
  }
}

/** The method has no side effects: it may be called by GET, cached, retried and hedged. */
export function Safe(): MethodDecoratorOf {
  return (target, key) => {
    ownMethod(target, key).idempotency = 'safe'
  }
}

/** Calling the method twice does what calling it once does: it may be retried and hedged. */
export function Idempotent(): MethodDecoratorOf {
  return (target, key) => {
    ownMethod(target, key).idempotency = 'idempotent'
  }
}
