import { type FieldSchema, type MessageSchema, zeroOf } from '../schema/message.js'
import { isStream } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { OptionalType, StreamType, TypeLike, ValueType } from '../schema/type.js'
import { checks } from './contract-checks.js'
import { streamedTypeOf, wholeTypeOf } from './whole-type.js'

/** A generated message, of a method's arguments or of a reply that is not a message. */
export function messageOf(name: string, fields: readonly FieldSchema[]): MessageSchema {
  return Object.freeze({
    name,
    class: undefined,
    fields: Object.freeze([...fields]),
    create: () => ({}),
    isError: false,
  })
}

/** @param hasDefault whether the parameter has a default value, which applies if the argument is absent. Its zero is then written */
export function fieldOf(
  name: string,
  number: number,
  declared: ValueType | OptionalType,
  hasDefault = false,
): FieldSchema {
  const optional = declared.kind === 'optional' ? declared : undefined
  const type = optional?.type ?? (declared as ValueType)
  const zero = zeroOf(type)
  const initial = optional?.makeDefault
  const mayBeAbsent = optional !== undefined || hasDefault
  const explicit = mayBeAbsent || zero() === undefined
  return Object.freeze({
    key: name,
    name,
    jsonName: name,
    aliases: [],
    attribute: false,
    number,
    type,
    presence: explicit ? 'explicit' : 'implicit',
    alwaysPresent: mayBeAbsent ? undefined : true,
    ...checks?.nullOf(declared),
    makeDefault: initial ?? (explicit ? () => undefined : zero),
  })
}

/** A message with the one field `value`, number 1: the shape of protobuf's wrappers. */
export function valueMessage(name: string, type: ValueType | OptionalType): MessageSchema {
  return messageOf(name, [fieldOf('value', 1, type)])
}

interface Reply {
  readonly output: MessageSchema
  readonly result: MethodSchema['result']
}

export function replyMessage(name: string, returns: TypeLike | StreamType<unknown>, where: string): Reply {
  const type = isStream(returns) ? streamedTypeOf(returns, where) : wholeTypeOf(returns, where)
  if (type.kind === 'message') return { output: type.message, result: 'message' }
  if (type.kind === 'nothing') return { output: type.message ?? messageOf(name, []), result: 'nothing' }
  checks?.reply(where, type)
  return { output: valueMessage(name, type), result: 'value' }
}
