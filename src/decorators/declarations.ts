import 'reflect-metadata/lite'
import type { Idempotency } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import type { FieldOptions } from '../schema/message.js'
import type { Class, StreamType, TypeLike } from '../schema/type.js'

/** What the decorators of one class wrote down, unresolved: types may still be thunks of classes that do not exist yet. */
export interface MessageDeclaration {
  /** `@Message()` stands on the class itself. */
  declared: boolean
  name: string | undefined
  /** The field that carries an error's own message, where its contract has one. */
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
  /** Undefined until `@Method` has run, which is the last to do so where it is written first. */
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

/** Registered symbols, so that a class decorated by a second installed copy is understood. */
const messageDeclaration = Symbol.for('polywire.declaration.message')
const serviceDeclaration = Symbol.for('polywire.declaration.service')

/** The declaration that belongs to this class alone, made if there is none yet. */
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
 * The declaration of a field of the class whose prototype is `target`.
 * @throws RpcError `failed_precondition` (`static_member`)
 */
export function declareField(target: object, field: FieldDeclaration): void {
  if (typeof target === 'function') throw staticMember(target.name, field.key, 'a field')
  ownMessage(target.constructor).fields.set(field.key, field)
}

/**
 * The declaration of a method of the class whose prototype is `target`, made if there is none yet.
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

/** Declarations of the class and of those it extends, the base first, with the class that each belongs to. */
export function messageLineage(type: Class): [Class, MessageDeclaration][] {
  return lineage(messageDeclaration, type)
}

export function serviceLineage(type: Class): [Class, ServiceDeclaration][] {
  return lineage(serviceDeclaration, type)
}

/** What the compiler emitted under `emitDecoratorMetadata`; undefined where it did not. */
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
