import type { RpcError } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class, NothingType, OptionalType, StreamType, ValueType } from '../schema/type.js'
import type {
  ArgumentDeclaration,
  FieldDeclaration,
  MessageDeclaration,
  MethodDeclaration,
  MethodShape,
  ServiceDeclaration,
} from './declaration.js'
import type { Decorated } from './decorated.js'

/** What a decorator is for. */
export type Purpose = 'message' | 'service' | 'field' | 'method' | 'parameter' | 'policy' | 'description'

/** Where a decorator is. */
export interface DecoratedPlace {
  readonly site: Decorated
  readonly purpose: Purpose
}

/** A type of a member, before `optional` and `nothing` are resolved. */
export type DeclaredType = ValueType | OptionalType | NothingType

/** What the source of a method says of its parameters. */
export interface Parameters {
  /** Other than the context. */
  readonly count: number
  /** Whether the argument at that index has a default value, so that its absence must arrive as such. */
  hasDefault(index: number): boolean
}

/**
 * What refuses a contract with a mistake, and says what to write instead. `strict-checks.ts` has all of it.
 *
 * A page does without: it trusts that its server, or a test, has read the class. The order of the calls is the order in which mistakes are
 * found. Every function throws RpcError `failed_precondition`, or makes one to be thrown.
 */
export interface ContractChecks {
  /** What `@Doc` says of a class, or of a member; undefined if it says nothing. */
  docOf(type: Class, key?: string): string | undefined
  /** Gives a schema its `doc`: that of a member, or of a class itself and not of those that it extends. */
  describe(schema: object, type: Class, key?: string): void
  /** What interface definitions say of a service besides. */
  serviceOptionsOf(lineage: readonly [Class, ServiceDeclaration][]): Pick<ServiceSchema, 'deprecated' | 'properties'>
  /** The same of a method. */
  methodOptionsOf(type: Class, key: string, shape: MethodShape): Pick<MethodSchema, 'doc' | 'deprecated' | 'properties'>
  /** The same of a field, and what Avro says of null in it. */
  fieldOptionsOf(
    type: DeclaredType,
    options: FieldDeclaration['options'],
  ): Pick<FieldSchema, 'deprecated' | 'properties' | 'isOptional' | 'nullAt' | 'noDefault'>
  /** The field of an argument with what interface definitions, and Avro, say of it besides its type. */
  withOptions(field: FieldSchema, owner: Class, method: string, argument: ArgumentDeclaration): FieldSchema
  /** What Avro says of null beside an argument or a reply. */
  nullOf(type: ValueType | OptionalType): Pick<FieldSchema, 'isOptional' | 'nullAt' | 'noDefault'>
  places(places: readonly DecoratedPlace[], className: string): void
  errorCode(type: Class, name: string): void
  notAService(type: Class, lineage: readonly [Class, ServiceDeclaration][]): RpcError
  methods(type: Class, methods: readonly MethodSchema[]): void
  method(where: string, declaration: MethodDeclaration): void
  parameters(where: string, owner: Class, declaration: MethodDeclaration): Parameters
  onlyParameter(where: string, kind: DeclaredType['kind'], count: number): void
  describedArgument(where: string, declaration: MethodDeclaration, index: number): void
  argument(where: string, type: DeclaredType): void
  argumentOrder(where: string, owner: Class, declaration: MethodDeclaration, fields: readonly FieldSchema[]): void
  requestWithoutType(where: string): RpcError
  reply(where: string, type: DeclaredType): void
  oneway(where: string, shape: MethodShape, result: MethodSchema['result']): void
  thrown(where: string, error: unknown): void
  throwIds(where: string, ids: readonly number[], errors: readonly MessageSchema[]): void
  /** The error that a method with such a request declares by itself; undefined if it has no rules. */
  brokenRules(request: MessageSchema): MessageSchema | undefined
  declaredFields(type: Class, isError: boolean, declaration: MessageDeclaration): void
  /** An instance, for initial values. */
  sample(type: Class, create: () => unknown): Record<string, unknown>
  field(where: string, type: DeclaredType, declaration: FieldDeclaration): void
  fields(where: string, fields: readonly FieldSchema[], message?: Pick<MessageSchema, 'isError' | 'reserved'>): void
  /** Resolves a type down to its scalars and messages, so that a mistake deep inside is found at start-up, with its place. */
  type(where: string, type: DeclaredType): void
  streamed(where: string, stream: StreamType<unknown>): void
  /** @param decorator the start of the decorator that lacks the type: `Field(1, ` */
  memberWithoutType(where: string, design: unknown, decorator: string): RpcError
}

/** Undefined in a page. */
export let checks: ContractChecks | undefined

/** Classes that are read from now on are checked. */
export function useChecks(strict: ContractChecks): void {
  checks = strict
}
