import type { Idempotency } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { HttpOptions, HttpRule } from '../schema/http-rule.js'
import type { JsonObject } from '../schema/json-value.js'
import type { FieldOptions } from '../schema/message.js'
import type { Reserved } from '../schema/reserved.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class, StreamType, TypeLike } from '../schema/type.js'
import type { ArgumentOptions } from './fitting.js'

/** The declarations of a class's decorators, unresolved: types may be thunks of classes that do not exist yet. */
export interface MessageDeclaration {
  /** Whether the class itself has `@Message()`. */
  declared: boolean
  name: string | undefined
  /** The field with the error's message, if the contract has one. */
  ownText: FieldDeclaration | undefined
  reserved: Reserved
  properties: JsonObject | undefined
  readonly fields: FieldDeclaration[]
}

export interface FieldDeclaration {
  readonly key: string
  readonly number: number | undefined
  readonly type: TypeLike | undefined
  readonly options: FieldOptions
}

/** Options of a service. */
export interface ServiceOptions {
  /** Whether callers should no longer use it, for IDLs and reflection; default false. */
  readonly deprecated?: boolean
  /** Custom properties of its Avro protocol, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
}

export interface ServiceDeclaration {
  declared: boolean
  name: string | undefined
  options?: ServiceOptions | undefined
  readonly policies: PolicyDefinition[]
  readonly methods: Map<string, MethodDeclaration>
}

export interface MethodDeclaration {
  readonly key: string
  /** Undefined until `@Method` has run. It runs last if it is written first. */
  shape: MethodShape | undefined
  /** By index; undefined until there is one. */
  arguments: Map<number, ArgumentDeclaration> | undefined
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
  readonly accepts?: TypeLike | StreamType<unknown> | undefined
  /** Those of `args`, by index. Undefined without `args`. */
  readonly arguments?: ReadonlyMap<number, ArgumentDeclaration> | undefined
  readonly name?: string | undefined
  readonly oneway: boolean
  readonly deprecated?: boolean | undefined
  readonly properties?: JsonObject | undefined
}

export interface ArgumentDeclaration {
  readonly number: number
  readonly name: string
  readonly type: TypeLike | undefined
  readonly options?: ArgumentOptions | undefined
}
