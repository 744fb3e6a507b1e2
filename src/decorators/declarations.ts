import type { Idempotency } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { HttpOptions, HttpRule } from '../schema/http-rule.js'
import type { JsonObject } from '../schema/json-value.js'
import type { FieldOptions } from '../schema/message.js'
import type { Reserved } from '../schema/reserved.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class, StreamType, TypeLike } from '../schema/type.js'
import {
  type Decorated,
  type DecoratorArguments,
  decorated,
  holdersOf,
  type MisplacedDecorator,
  misplaced,
  type Purpose,
} from './decorated.js'

/** The declarations of a class's decorators, unresolved: types may be thunks of classes that do not exist yet. */
export interface MessageDeclaration {
  /** Whether the class itself has `@Message()`. */
  declared: boolean
  name: string | undefined
  /** The field with the error's message, if the contract has one. */
  ownText: FieldDeclaration | undefined
  reserved: Reserved
  properties: JsonObject | undefined
  readonly fields: Map<string, FieldDeclaration>
}

export interface FieldDeclaration {
  readonly key: string
  readonly number: number | undefined
  readonly type: TypeLike | undefined
  readonly options: FieldOptions
}

export interface ServiceDeclaration {
  declared: boolean
  name: string | undefined
  readonly policies: PolicyDefinition[]
  readonly methods: Map<string, MethodDeclaration>
}

export interface MethodDeclaration {
  readonly key: string
  /** Undefined until `@Method` has run. It runs last if it is written first. */
  shape: MethodShape | undefined
  readonly arguments: Map<number, ArgumentDeclaration>
  throws: readonly ThrownDeclaration[]
  idempotency: Idempotency | undefined
  contextIndex: number | undefined
  readonly policies: PolicyDefinition[]
  /** In the order in which they are written. */
  readonly routes: RouteDeclaration[]
}

/** An `@Http`. */
export interface RouteDeclaration {
  readonly route: string
  readonly options: HttpOptions
  /** Reads it. The decorator brings it, so that a class without routes does not load what reads them. */
  readonly read: (where: string, declared: RouteDeclaration, method: Omit<MethodSchema, 'routes'>) => HttpRule
}

export interface ThrownDeclaration {
  /** Thrift's id of it. Default: its place, from 1. */
  readonly id: number | undefined
  readonly error: Class | (() => Class)
}

export interface MethodShape {
  readonly returns: TypeLike | StreamType<unknown>
  readonly accepts: TypeLike | StreamType<unknown> | undefined
  /** Those of `args`, by index. Undefined without `args`. */
  readonly arguments: ReadonlyMap<number, ArgumentDeclaration> | undefined
  readonly name: string | undefined
  readonly oneway: boolean
}

export interface ArgumentDeclaration {
  readonly number: number
  readonly name: string
  readonly type: TypeLike | undefined
  readonly aliases?: readonly string[] | undefined
}

/** Registered symbols, so that a second installed copy reads the class too. */
const messageDeclaration = Symbol.for('polywire.declaration.message')
const serviceDeclaration = Symbol.for('polywire.declaration.service')
const misplacedDecorators = Symbol.for('polywire.declaration.misplaced')
const descriptions = Symbol.for('polywire.declaration.descriptions')

/**
 * Declares the class of `@Message`.
 * @throws RpcError `failed_precondition` (`misplaced_decorator`, `static_member`), also for decorators of its members
 */
export function declareMessage(args: DecoratorArguments): [Class, MessageDeclaration] | undefined {
  const site = place(args, { kinds: ['class'], verb: 'be a message', hint: 'write @Message() above the class' })
  return site && [classOf(site), messageOf(site.holder)]
}

/** The same for `@Service`. */
export function declareService(args: DecoratorArguments): ServiceDeclaration | undefined {
  const site = place(args, { kinds: ['class'], verb: 'be a service', hint: 'write @Service() above the class' })
  if (site === undefined) return undefined
  classOf(site)
  return serviceOf(site.holder)
}

/** Declares a field, by `@Field`. */
export function declareField(args: DecoratorArguments, field: Omit<FieldDeclaration, 'key'>): void {
  const site = place(args, { kinds: ['field'], verb: 'be a field', hint: 'write @Field(...) before a property' })
  if (site === undefined) return
  const key = site.key as string
  messageOf(site.holder).fields.set(key, { key, ...field })
}

/** The declaration of a decorated method; undefined if the decorator is in a wrong place, for which the class is refused later. */
export function ownMethod(args: DecoratorArguments): MethodDeclaration | undefined {
  const hint = 'write its decorator before an async method'
  const site = place(args, { kinds: ['method'], verb: 'be a method of a service', hint })
  return site && methodOf(site)
}

/** The declaration of the method of a parameter, and the parameter's index. */
export function ownParameter(args: DecoratorArguments): [MethodDeclaration, number] | undefined {
  const hint = 'write it before a parameter of a method'
  const site = place(args, { kinds: ['parameter'], verb: 'be an argument', hint })
  return site && [methodOf(site), site.index as number]
}

/** The policies of a decorated class or method. */
export function ownPolicies(args: DecoratorArguments): PolicyDefinition[] | undefined {
  const hint = 'write the policy before a method or a class'
  const site = place(args, { kinds: ['class', 'method'], verb: 'have a policy', hint })
  return site && (site.kind === 'class' ? serviceOf(site.holder) : methodOf(site)).policies
}

/** Declares the description of a class or a member, by `@Doc`. */
export function declareDoc(args: DecoratorArguments, doc: string): void {
  const hint = 'write @Doc(...) before a class, a property or a method'
  const site = place(args, { kinds: ['class', 'field', 'method'], verb: 'have a description', hint })
  if (site !== undefined) descriptionsOf(site.holder).set(site.key as string | undefined, doc)
}

/** Describes a class, or one of its members, that has no `@Doc`. The schema of a service that was read before does not change. */
export function describeClass(type: Class, key: string | undefined, doc: string): void {
  if (ownDoc(type, key) === undefined) descriptionsOf(type).set(key, doc)
}

/** The description of a class itself, or of a member that it declares; undefined if there is none. */
export function ownDoc(type: Class, key?: string): string | undefined {
  for (const holder of holdersOf(type)) {
    const doc = existing<Descriptions>(descriptions, holder)?.get(key)
    if (doc !== undefined) return doc
  }
  return undefined
}

/** The nearest description of a class and those that it extends. */
export function docOf(type: Class, key?: string): string | undefined {
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    const doc = ownDoc(at as Class, key)
    if (doc !== undefined) return doc
  }
  return undefined
}

/** By member; undefined is the class itself. */
type Descriptions = Map<string | undefined, string>

function descriptionsOf(holder: object): Descriptions {
  return own(descriptions, holder, () => new Map())
}

/** @returns undefined if the place is wrong and the class is not known yet: the decorator of the class throws then, or the first read */
function place(args: DecoratorArguments, purpose: Purpose): Decorated | undefined {
  const site = decorated(args)
  const wrong = misplaced(site, purpose)
  if (wrong === undefined) return site
  if (site.type !== undefined) throw wrong(site.type.name)
  own<MisplacedDecorator[]>(misplacedDecorators, site.holder, () => []).push(wrong)
  return undefined
}

/** @throws RpcError `failed_precondition` if a decorator of a member is in a wrong place */
function classOf({ holder, type }: Decorated): Class {
  refuseMisplaced(holder, type as Class)
  return type as Class
}

function refuseMisplaced(holder: object, type: Class): void {
  const wrong = existing<MisplacedDecorator[]>(misplacedDecorators, holder)
  if (wrong?.[0] !== undefined) throw wrong[0](type.name)
}

/** The declaration of this class, without its bases; created on first use. */
function messageOf(holder: object): MessageDeclaration {
  return own(messageDeclaration, holder, () => ({
    declared: false,
    name: undefined,
    ownText: undefined,
    reserved: [],
    properties: undefined,
    fields: new Map(),
  }))
}

function serviceOf(holder: object): ServiceDeclaration {
  return own(serviceDeclaration, holder, () => ({ declared: false, name: undefined, policies: [], methods: new Map() }))
}

function methodOf({ holder, key }: Decorated): MethodDeclaration {
  const { methods } = serviceOf(holder)
  let method = methods.get(key as string)
  if (method === undefined) {
    method = {
      key: key as string,
      shape: undefined,
      arguments: new Map(),
      throws: [],
      idempotency: undefined,
      contextIndex: undefined,
      policies: [],
      routes: [],
    }
    methods.set(method.key, method)
  }
  return method
}

/** The declarations of a class and its bases, the farthest first, each with its class. */
export function messageLineage(type: Class): [Class, MessageDeclaration][] {
  return lineage(messageDeclaration, type)
}

export function serviceLineage(type: Class): [Class, ServiceDeclaration][] {
  return lineage(serviceDeclaration, type)
}

/** The metadata that the compiler emitted under `emitDecoratorMetadata`; undefined if it did not. */
export function designType(type: Class, key: string): unknown {
  return emitted('design:type', type, key)
}

export function designParameters(type: Class, key: string): readonly unknown[] | undefined {
  return emitted('design:paramtypes', type, key) as readonly unknown[] | undefined
}

/** Compilers emit it through `Reflect.metadata`, which a page has only if it loads reflect-metadata itself. */
function emitted(what: string, type: Class, key: string): unknown {
  const { getOwnMetadata } = Reflect as { readonly getOwnMetadata?: (what: string, of: object, key: string) => unknown }
  return getOwnMetadata?.(what, type.prototype as object, key)
}

function own<D>(which: symbol, target: object, make: () => D): D {
  let declaration = existing<D>(which, target)
  if (declaration === undefined) {
    declaration = make()
    Object.defineProperty(target, which, { value: declaration })
  }
  return declaration
}

/** What a subclass inherits is not its own. */
function existing<D>(which: symbol, target: object): D | undefined {
  return Object.hasOwn(target, which) ? ((target as Readonly<Record<symbol, unknown>>)[which] as D) : undefined
}

function lineage<D>(which: symbol, type: Class): [Class, D][] {
  const found: [Class, D][] = []
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    for (const holder of holdersOf(at)) {
      refuseMisplaced(holder, at as Class)
      const declaration = existing<D>(which, holder)
      if (declaration !== undefined) found.unshift([at as Class, declaration])
    }
  }
  return found
}
