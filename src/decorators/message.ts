import { Code, type CodeName, codeOf } from '../core/code.js'
import { contractCode, misuse } from '../core/rpc-error.js'
import { string } from '../schema/algebra.js'
import type { FieldOptions } from '../schema/message.js'
import { messageKey } from '../schema/resolve.js'
import type { Class, TypeLike } from '../schema/type.js'
import { declareField, type FieldDeclaration, ownMessage } from './declarations.js'
import { readMessage } from './read-message.js'

/** Of a message that is an error: a class that extends `RpcError`. */
export interface MessageOptions {
  /** The code of such an error, on every wire. Default: the one given when it is thrown, else `unknown`. */
  readonly code?: Exclude<CodeName, 'ok'>
  /**
   * Sends the error's own `message` as a field of the contract, as Thrift's `1: string message` and Avro's error records have it. Its field
   * number, or its number and name; `true` where no wire needs a number. Default: the message travels beside the fields where the wire can
   * carry it there.
   */
  readonly message?: number | true | { readonly number?: number; readonly name?: string }
}

/**
 * Makes a class a message. polywire makes one that arrives by `new` without arguments.
 *
 * @param name as on the wire, with its package; default: the class's name
 * @throws RpcError `failed_precondition` (`invalid_error_code`) when the class is decorated, for a code that does not exist
 * @example
 * @Message('hello.HelloRequest')
 * class HelloRequest { @Field(1, string) name!: string }
 *
 * @Message('math.DivisionByZero', { code: 'invalid_argument' })
 * class DivisionByZero extends RpcError { @Field(1, double) dividend = 0 }
 */
export function Message(name?: string, options: MessageOptions = {}): (target: Class) => void {
  return target => {
    const declaration = ownMessage(target)
    declaration.declared = true
    declaration.name = name
    declaration.ownText = ownTextOf(options.message)
    if (options.code !== undefined) declareCode(target, options.code)
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

function declareCode(target: Class, name: CodeName): void {
  const code = codeOf(name)
  if (code === undefined || code === Code.ok) {
    const names = Object.keys(Code).filter(one => Number.isNaN(Number(one)) && one !== 'ok')
    throw misuse(
      'invalid_error_code',
      `@Message of ${target.name}: ${JSON.stringify(name)} is not the code of an error; write one of ${names.join(', ')}`,
    )
  }
  Object.defineProperty(target, contractCode, { value: code })
}

type AnyField = (target: object, key: string) => void
/** Only fits a property whose TypeScript type is `T`. */
type FieldOf<T> = <K extends string>(target: { [P in K]?: T | null | undefined }, key: K) => void

/**
 * Makes a property a field of its message.
 *
 * The number is needed where a wire needs one (protobuf, Thrift). The type may be left out where the compiler emits `design:type` and it is
 * `string`, `boolean`, `number` (a `double`) or a message class; else a missing type is an error at start-up.
 *
 * An absent field takes the type's zero; with `optional(...)` it is undefined, and with an initialiser other than zero it keeps that.
 */
export function Field(options?: FieldOptions): AnyField
export function Field(number: number, options?: FieldOptions): AnyField
export function Field<T>(type: TypeLike<T>, options?: FieldOptions): FieldOf<T>
export function Field<T>(number: number, type: TypeLike<T>, options?: FieldOptions): FieldOf<T>
export function Field(...how: unknown[]): AnyField {
  const number = typeof how[0] === 'number' ? (how.shift() as number) : undefined
  const type = isTypeLike(how[0]) ? (how.shift() as TypeLike) : undefined
  const options = (how[0] as FieldOptions | undefined) ?? {}
  return (target, key) => {
    declareField(target, { key, number, type, options })
  }
}

function isTypeLike(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'kind' in value)
}
