import type { FieldOptions } from '../schema/message.js'
import { messageKey } from '../schema/resolve.js'
import type { Class, TypeLike } from '../schema/type.js'
import { declareField, ownMessage } from './declarations.js'
import { readMessage } from './read-message.js'

/**
 * Makes a class a message. It must be constructible without arguments, since that is how one that arrives is made.
 * @param name as on the wire, with its package: `hello.HelloRequest`; default: the class's name
 */
export function Message(name?: string): (target: Class) => void {
  return target => {
    const declaration = ownMessage(target)
    declaration.declared = true
    declaration.name = name
    let schema: ReturnType<typeof readMessage> | undefined
    Object.defineProperty(target, messageKey, {
      value: () => {
        schema ??= readMessage(target)
        return schema
      },
    })
  }
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
