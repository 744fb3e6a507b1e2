import 'reflect-metadata/lite'
import type { Idempotency } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import type { FieldOptions } from '../schema/message.js'
import type { Class, StreamType, TypeLike } from '../schema/type.js'

/** The declarations of a class's decorators, unresolved: types may be thunks of classes that do not exist yet. */
export interface MessageDeclaration {
  /** Whether the class itself has `@Message()`. */
  declared: boolean
  name: string | undefined
  /** The field with the error's message, if the contract has one. */
  ownText: FieldDeclaration | undefined
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
  throws: readonly (Class | (() => Class))[]
  idempotency: Idempotency | undefined
  contextIndex: number | undefined
  readonly policies: PolicyDefinition[]
}

export interface MethodShape {
  readonly returns: TypeLike | StreamType<unknown>
  readonly accepts: TypeLike | StreamType<unknown> | undefined
  readonly name: string | undefined
  readonly oneway: boolean
}

export interface ArgumentDeclaration {
  readonly number: number
  readonly name: string
  readonly type: TypeLike | undefined
}

/** Registered symbols, so that a second installed copy reads the class too. */
const messageDeclaration = Symbol.for('polywire.declaration.message')
const serviceDeclaration = Symbol.for('polywire.declaration.service')

/** The declaration of this class, without its bases; created on first use. */
export function ownMessage(target: object): MessageDeclaration {
  return own(messageDeclaration, target, () => ({
    declared: false,
    name: undefined,
    ownText: undefined,
    fields: new Map(),
  }))
}

export function ownService(target: object): ServiceDeclaration {
  return own(serviceDeclaration, target, () => ({ declared: false, name: undefined, policies: [], methods: new Map() }))
}

/**
 * The declaration of a field of the class with the prototype `target`.
 * @throws RpcError `failed_precondition` (`static_member`)
 */
export function declareField(target: object, field: FieldDeclaration): void {
  if (typeof target === 'function') throw staticMember(target.name, field.key, 'a field')
  ownMessage(target.constructor).fields.set(field.key, field)
}

/**
 * The declaration of a method of the class with the prototype `target`; created on first use.
 * @throws RpcError `failed_precondition` (`static_member`)
 */
export function ownMethod(target: object, key: string): MethodDeclaration {
  if (typeof target === 'function') throw staticMember(target.name, key, 'a method of a service')
  const { methods } = ownService(target.constructor)
  let method = methods.get(key)
  if (method === undefined) {
    method = {
      key,
      shape: undefined,
      arguments: new Map(),
      throws: [],
      idempotency: undefined,
      contextIndex: undefined,
      policies: [],
    }
    methods.set(key, method)
  }
  return method
}

function staticMember(className: string, key: string, what: string): Error {
  return misuse('static_member', `${className}.${key}: a static member cannot be ${what}; leave out "static"`)
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
  return Reflect.getOwnMetadata('design:type', type.prototype as object, key)
}

export function designParameters(type: Class, key: string): readonly unknown[] | undefined {
  return Reflect.getOwnMetadata('design:paramtypes', type.prototype as object, key) as readonly unknown[] | undefined
}

function own<D>(which: symbol, target: object, make: () => D): D {
  let declaration = Reflect.getOwnMetadata(which, target) as D | undefined
  if (declaration === undefined) {
    declaration = make()
    Reflect.defineMetadata(which, declaration, target)
  }
  return declaration
}

function lineage<D>(which: symbol, type: Class): [Class, D][] {
  const found: [Class, D][] = []
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    const declaration = Reflect.getOwnMetadata(which, at) as D | undefined
    if (declaration !== undefined) found.unshift([at as Class, declaration])
  }
  return found
}
