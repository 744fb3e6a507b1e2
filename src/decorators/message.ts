import { type CodeName, codeOf } from '../core/code.js'
import { contractCode } from '../core/rpc-error.js'
import { string } from '../schema/algebra.js'
import type { JsonObject } from '../schema/json-value.js'
import type { FieldOptions } from '../schema/message.js'
import { registerMessage } from '../schema/registry.js'
import type { Reserved } from '../schema/reserved.js'
import { messageKey } from '../schema/resolve.js'
import type { Optional, TypeLike } from '../schema/type.js'
import { checks } from './contract-checks.js'
import type { FieldDeclaration } from './declaration.js'
import { declareField, declareMessage } from './declarations.js'
import type { DeclaringDecorator, FieldDecorator, OptionalFieldDecorator, UntypedFieldDecorator } from './fitting.js'
import { readMessage } from './read-message.js'

/** Options of a message. */
export interface MessageOptions {
  /**
   * Numbers and names of fields that were removed: `[7, '9-11', '100-max', 'coupon']`. A field that takes one of them is refused at
   * start-up. Exported `.proto` files and reflection show them. Default: none.
   */
  readonly reserved?: Reserved
  /** Custom properties of the record in Avro schemas: `{ aliases: ['hello.Greeting'] }`. Default: none. */
  readonly properties?: JsonObject
  /** Of a class that extends `RpcError`: the code of the error on every wire. Default: the code given when it is thrown, else `unknown`. */
  readonly code?: Exclude<CodeName, 'ok'>
  /**
   * Of a class that extends `RpcError`: makes the error's `message` a field of the contract, like Thrift's `1: string message`: its field
   * number, or number and name. `true` if no wire needs a number. Default: the message travels beside the fields, if the wire can carry it
   * there.
   */
  readonly message?:
    | number
    | true
    | {
        /** The field's number. Default: none. */
        readonly number?: number
        /** The field's name on the wire. Default: `message`. */
        readonly name?: string
      }
}

/**
 * Makes a class a message: a request, a reply, or a part of one. A message that extends `RpcError` is an error for `@Throws`.
 *
 * polywire creates a received message with `new` and no arguments, so the constructor must work without any.
 *
 * @param name name on the wire, with its package; default: the class's name
 *
 * @example
 * @Message('hello.HelloRequest')
 * class HelloRequest { @Field(1, string) name!: string }
 *
 * @Message('math.DivisionByZero', { code: 'invalid_argument' })
 * class DivisionByZero extends RpcError { @Field(1, double) dividend = 0 }
 *
 * @throws RpcError `failed_precondition` (`invalid_error_code`) if `code` is not the code of an error
 * @see docs/guide/services-and-messages.md
 */
export function Message(name?: string, options: MessageOptions = {}): DeclaringDecorator {
  return (...args) => {
    const [target, declaration] = declareMessage(args)
    if (target === undefined) return
    declaration.declared = true
    registerMessage(name ?? target.name, target)
    declaration.name = name
    declaration.ownText = ownTextOf(options.message)
    declaration.reserved = options.reserved ?? []
    declaration.properties = options.properties
    if (options.code !== undefined) {
      checks?.errorCode(target, options.code)
      Object.defineProperty(target, contractCode, { value: codeOf(options.code) })
    }
    let schema: ReturnType<typeof readMessage> | undefined
    Object.defineProperty(target, messageKey, {
      value: () => {
        schema ??= readMessage(target)
        return schema
      },
    })
  }
}

/** The number and name of the field that holds the error's message. */
function ownTextOf(message: MessageOptions['message']): FieldDeclaration | undefined {
  if (message === undefined) return undefined
  const { number, name } = typeof message === 'object' ? message : { number: message === true ? undefined : message }
  return { key: 'message', number, type: string, options: name === undefined ? {} : { name } }
}

/** Makes a property a field without a number, whose type the compiler emits as `design:type`: `@Field()`. */
export function Field(options?: FieldOptions): UntypedFieldDecorator
/** Makes a property a field whose type the compiler emits as `design:type`: `@Field(1)`. */
export function Field(number: number, options?: FieldOptions): UntypedFieldDecorator
/** Makes a property that may be absent a field without a number: `@Field(optional(string)) name?: string`. */
export function Field<T>(type: Optional<T>, options?: FieldOptions): OptionalFieldDecorator<T>
/** Makes a property a field without a number, for JSON, XML, MessagePack and Avro: `@Field(string)`. */
export function Field<T>(type: TypeLike<T>, options?: FieldOptions): FieldDecorator<T>
/** Makes a property that may be absent a field: `@Field(1, optional(string)) name?: string`. */
export function Field<T>(number: number, type: Optional<T>, options?: FieldOptions): OptionalFieldDecorator<T>
/**
 * Makes a property a field of its message: `@Field(1, string)`.
 *
 * A field that is absent when the message is received gets the property's initial value. Without one it gets the type's zero (`''`, `0`,
 * `[]`), and an `optional(...)` field is `undefined`. Protobuf and Thrift need the number. The compiler checks the type against the property's.
 *
 * @param number the field's number; default: none, so the message cannot be sent over gRPC or Thrift
 * @param type the type on the wire; default: `string`, `bool`, `double` or a message class, if the compiler emits `design:type`
 *
 * @example
 * @Field(1, string) name!: string
 * @Field(2, optional(int32)) times?: number
 * @Field(3, listOf(string)) tags: string[] = []
 *
 * @see docs/guide/services-and-messages.md
 */
export function Field<T>(number: number, type: TypeLike<T>, options?: FieldOptions): FieldDecorator<T>
export function Field(...how: unknown[]): (...args: unknown[]) => void {
  const number = typeof how[0] === 'number' ? (how.shift() as number) : undefined
  const type = isTypeLike(how[0]) ? (how.shift() as TypeLike) : undefined
  const options = (how[0] as FieldOptions | undefined) ?? noOptions
  return (...args) => declareField(args, { number, type, options })
}

/** Shared by the fields that have none. */
const noOptions: FieldOptions = {}

function isTypeLike(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'kind' in value)
}
