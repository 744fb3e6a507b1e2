import type { Call } from '../core/call.js'
import type { CaseType } from '../schema/algebra.js'
import type { JsonObject } from '../schema/json-value.js'
import type { TypeLike } from '../schema/type.js'
import type { FieldContext, FieldNamed, InstanceMember } from './member-context.js'

/**
 * The types of decorators that work in both modes: a legacy one receives `(target, key, descriptor)`, a standard one `(value, context)`.
 *
 * Nothing fits the first signature of an interface: if no signature fits, the compiler takes the result of the first. The second one is
 * for a legacy decorator of a static member. No decorator may return what it returns, so the compiler prints that. The next two accept what
 * fits, one for each mode, and cost the compiler little: no type parameter stands for the class. The last one fits too, but its check is a
 * type that prints the member's name and what is expected: `PropertyMustBe<"id", bigint>`. The compiler reports only the last of more than
 * three signatures. `test/types` holds what it prints; measured in docs/decisions/decorators.md.
 */

declare const expected: unique symbol

/**
 * In an error of the compiler: the property, and the type that its `@Field` needs. No value has this type.
 *
 * `@Field` as a standard decorator seems to return it, as the function that makes the property's initial value. So the compiler compares the
 * property's type with the parameter, which costs a third of looking at `context.access`.
 */
export interface PropertyMustBe<Name, T> {
  /** The property's value is the parameter. */
  (value: T | null | undefined): never
  /** The property and its type. */
  readonly [expected]: [Name, T]
}

/** In an error of the compiler: a property with an `optional(...)` field, which must be written with a `?`. No value has this type. */
export interface PropertyMustBeOptional<Name> {
  /** The property. */
  readonly [expected]: Name
}

/** In an error of the compiler: the method, and what it must return. No value has this type. */
export interface MethodMustReturn<Name, R> {
  /** The method and its result. */
  readonly [expected]: [Name, R]
}

/** In an error of the compiler: the method, and the parameters that it must take. No value has this type. */
export interface MethodMustTake<Name, P> {
  /** The method and its parameters. */
  readonly [expected]: [Name, P]
}

/** In an error of the compiler: the member, and what its decorator is for. No value has this type. */
export interface MemberMustBe<Name, Kind> {
  /** The member, and what it must be. */
  readonly [expected]: [Name, Kind]
}

/** The name of a member: a legacy decorator receives it as the key, a standard one in its context. */
type NameOf<K> = K extends {
  /** The member. */
  readonly name: infer Name
}
  ? Name
  : K

/** The target of a legacy decorator of a static member: the class. */
type StaticSide = abstract new (...args: never[]) => unknown

/** What the compiler's errors say that a property must be. */
type InstanceProperty = 'a public property that is not static'

/** What the compiler's errors say that a method must be. */
type InstanceMethod = 'a method that is not static'

/** The target of a legacy decorator of any other member. */
type InstanceSide<V> = V extends StaticSide ? never : V

/** `@Service` and `@Message`: on a class. */
export type DeclaringDecorator = (
  target: abstract new (...args: never[]) => unknown,
  context?: ClassDecoratorContext,
) => void

/**
 * `@Field` with a type: on a property whose TypeScript type is `T`. A legacy decorator of a property has no descriptor, that of a getter, a
 * setter or a method has one.
 */
export interface FieldDecorator<T> {
  (target: never, key: never, descriptor?: never): void
  <K extends string>(target: StaticSide, key: K, descriptor?: unknown): MemberMustBe<K, InstanceProperty>
  <K extends string>(target: { [P in K]?: T | null | undefined }, key: K, descriptor?: undefined): void
  <K extends string | symbol>(value: undefined, context: FieldNamed<K>): PropertyMustBe<K, T>
  <O, K extends string | object, D = undefined>(target: O, key: FieldKey<O, K, D, T>, descriptor?: D): void
}

/** The key or the context of a field, if it fits. */
type FieldKey<O, K, D, T> =
  K extends PropertyOf<O, D>
    ? [O[K]] extends [T | null | undefined]
      ? K
      : PropertyMustBe<K, T>
    : K extends FieldContext<T | null | undefined>
      ? K
      : K extends InstanceMember<'field'>
        ? PropertyMustBe<NameOf<K>, T>
        : MemberMustBe<NameOf<K>, InstanceProperty>

/** The public properties of an instance. */
type PropertyOf<O, D> = O extends StaticSide ? never : D extends undefined ? keyof O : never

/** `@Field` with an `optional(...)` type: on a property that can also be `undefined`. */
export type OptionalFieldDecorator<T> = <O, K extends string | object, D = undefined>(
  target: O,
  key: OptionalFieldKey<O, K, D, T>,
  descriptor?: D,
) => void

/** The same for an `optional(...)` field. */
type OptionalFieldKey<O, K, D, T> =
  undefined extends ValueOf<O, K> ? FieldKey<O, K, D, T> : PropertyMustBeOptional<NameOf<K>>

/** The type of the decorated property. */
type ValueOf<O, K> = K extends keyof O ? O[K] : K extends FieldContext<infer V> ? V : undefined

/** `@Field` without a type, which the compiler must emit: only with `experimentalDecorators` and `emitDecoratorMetadata`. */
export type UntypedFieldDecorator = <O, K extends string | object, D = undefined>(
  target: O,
  key: UntypedFieldKey<O, K, D>,
  descriptor?: D,
) => void

/** The same without a type. */
type UntypedFieldKey<O, K, D> =
  K extends PropertyOf<O, D>
    ? K
    : K extends string
      ? MemberMustBe<K, 'a public property that is not static'>
      : MemberMustBe<NameOf<K>, 'a field with a type: @Field(1, string)'>

/** Any method. */
type AnyFunction = (...args: never) => unknown

/**
 * `@Method` with `accepts`: on a method that takes `A` and returns `R`. With `experimentalDecorators` further parameters are unchecked,
 * because one may have `@Context()`.
 */
export interface MethodDecoratorOf<A, R> {
  (target: never, key: never, descriptor?: never): void
  <K extends string>(target: StaticSide, key: K, descriptor: unknown): MemberMustBe<K, InstanceMethod>
  <G extends (request: A, ...rest: never[]) => R>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<G>,
  ): void
  (method: (request: A) => R, context: InstanceMember<'method'>): void
  <V, K extends string | object, G = V>(
    target: V,
    key: MethodKey<V, K, G, K extends string ? [request: A, ...rest: never[]] : [request: A], R, A>,
    descriptor?: TypedPropertyDescriptor<G>,
  ): void
}

/**
 * The key or the context of a method, if it fits.
 * @typeParam Needed what the compiler's error says that the method must take
 */
export type MethodKey<V, K, G, P extends readonly unknown[], R, Needed> = [K, G] extends [MethodSite<V>, AnyFunction]
  ? G extends (...args: P) => R
    ? K
    : G extends (...args: never) => R
      ? MethodMustTake<NameOf<K>, Needed>
      : MethodMustReturn<NameOf<K>, R>
  : MemberMustBe<NameOf<K>, InstanceMethod>

/** The key or the context of a method of an instance. */
type MethodSite<V> = InstanceMember<'method'> | (V extends StaticSide ? never : string)

/**
 * `@Method` with nothing but `returns`: on a method that returns `R`. With `experimentalDecorators` its parameters are unchecked, because
 * `@Arg` declares them. As a standard decorator it fits a method without parameters.
 */
export interface ReturningMethodDecorator<R> {
  (target: never, key: never, descriptor?: never): void
  <K extends string>(target: StaticSide, key: K, descriptor: unknown): MemberMustBe<K, InstanceMethod>
  <G extends (...args: never[]) => R>(target: object, key: string, descriptor: TypedPropertyDescriptor<G>): void
  (method: () => R, context: InstanceMember<'method'>): void
  <V, K extends string | object, G = V>(
    target: V,
    key: MethodKey<V, K, G, K extends string ? never[] : [], R, 'what accepts or args declares'>,
    descriptor?: TypedPropertyDescriptor<G>,
  ): void
}

/**
 * The positional arguments of a method, in the order of its parameters: a type each, or a field number and a type, and options behind them.
 */
export interface MethodArguments {
  /** The type of the argument with this name. Its field number is its position, unless a number is given: `[3, string]`. */
  readonly [name: string]: TypeLike | readonly [number: number, type: TypeLike, options?: ArgumentOptions]
}

/** Options of an argument. */
export interface ArgumentOptions {
  /** Earlier names, for Avro's schema resolution; default: none. */
  readonly aliases?: readonly string[]
  /** Its description; default: none. `polywire export` also takes `@param` of the method's TSDoc. */
  readonly doc?: string
  /** Custom properties in Avro protocols, and annotations in Thrift; default: none. */
  readonly properties?: JsonObject
}

/** `@Method` with `args`: on a method that returns `R` and has a parameter for each of them. */
export type PositionalMethodDecorator<A extends MethodArguments, R> = <V, K extends string | object, G = V>(
  target: V,
  key: PositionalKey<V, K, G, ArgumentTypes<A>, R>,
  descriptor?: TypedPropertyDescriptor<G>,
) => void

/** Inferred, so that the compiler prints the properties instead of this name. */
type ArgumentTypes<A> = A extends infer Arguments ? { -readonly [K in keyof Arguments]: CaseType<Arguments[K]> } : never

/** The same for a method with positional arguments. */
type PositionalKey<V, K, G, T, R> =
  MethodKey<V, K, G, never, R, T> extends K
    ? G extends (...args: infer P) => unknown
      ? ParametersFit<Required<P>, T> extends true
        ? K
        : MethodMustTake<NameOf<K>, T>
      : never
    : MethodKey<V, K, G, never, R, T>

/**
 * Whether there are as many parameters as arguments, each parameter takes one of them, and each of them has a parameter. The compiler knows
 * neither the names of parameters nor the order of properties, so two arguments in the wrong order are found at start-up.
 */
type ParametersFit<P extends readonly unknown[], T> =
  P['length'] extends Count<keyof T>
    ? EachTakesOne<P, T>
    : P extends [...infer Arguments, Call | undefined]
      ? Arguments['length'] extends Count<keyof T>
        ? EachTakesOne<Arguments, T>
        : false
      : false

/** Whether each parameter takes an argument and each argument has a parameter. */
type EachTakesOne<P extends readonly unknown[], T> = [T[keyof T]] extends [P[number] | undefined]
  ? false extends { [I in keyof P]: Takes<P[I], T> }[number]
    ? false
    : true
  : false

/** Whether a parameter takes one of the arguments. */
type Takes<Parameter, T> = true extends {
  [K in keyof T]: [T[K]] extends [Parameter | undefined] ? true : never
}[keyof T]
  ? true
  : false

/** The number of members of a union. */
type Count<Union, Counted extends unknown[] = []> = [Union] extends [never]
  ? Counted['length']
  : Count<Exclude<Union, MemberOf<Union>>, [...Counted, unknown]>

/** One member of a union: inferring from an intersection of functions yields the parameter of one. */
type MemberOf<Union> = (Union extends unknown ? (take: (member: Union) => void) => void : never) extends (
  take: infer Intersection,
) => void
  ? Intersection extends (member: infer Member) => void
    ? Member
    : never
  : never

/** `@Throws`, `@Safe` and `@Idempotent`: on any method. */
export interface AnyMethodDecorator {
  (target: never, key: never, descriptor?: never): void
  <K extends string>(target: StaticSide, key: K, descriptor: unknown): MemberMustBe<K, InstanceMethod>
  <G extends AnyFunction>(target: object, key: string, descriptor: TypedPropertyDescriptor<G>): void
  (method: AnyFunction, context: InstanceMember<'method'>): void
  <V, K extends string | object, G = V>(
    target: V,
    key: MethodKey<V, K, G, never, unknown, never>,
    descriptor?: TypedPropertyDescriptor<G>,
  ): void
}

/** `@Doc`: on a class, or on a method or a property that is neither static nor private. */
export interface DocDecorator {
  (target: StaticSide, context?: ClassDecoratorContext): void
  <V>(target: InstanceSide<V>, key: string, descriptor?: object): void
  (value: AnyFunction | undefined, context: InstanceMember<'method' | 'field'>): void
}
