import { misuse } from '../core/rpc-error.js'
import type { MessageSchema } from '../schema/message.js'
import { reachableMessages } from '../schema/reachable.js'
import type { MethodSchema } from '../schema/service.js'
import { differenceOf, enumDifferenceOf, enumsIn } from '../schema/shape.js'
import type { EnumType } from '../schema/type.js'
import { checkTransforms } from './check-transforms.js'
import { refuseUnreadCopies } from './unread-copies.js'

/**
 * Reads every message that a call of these methods can carry, so that a mistake in one is found at start-up and not by the first call.
 * @throws RpcError `failed_precondition`
 */
export function checkMessages(methods: readonly MethodSchema[]): void {
  const messages = reachableMessages(methods.flatMap(method => [method.input, method.output, ...method.throws]))
  refuseUnreadCopies()
  for (const message of messages) checkTransforms(message)
  checkEnums(messages, checkNames(messages))
}

/** A description of a service (reflection, an Avro protocol, an IDL) has one message per name, and would use the first for all of them. */
function checkNames(messages: Iterable<MessageSchema>): ReadonlyMap<string, MessageSchema> {
  const byName = new Map<string, MessageSchema>()
  for (const message of messages) {
    // Generated messages are named after their method. A wire that needs another name gives them one.
    if (message.class === undefined) continue
    const other = byName.get(message.name)
    const difference = other && differenceOf(other, message)
    if (difference !== undefined) {
      throw misuse(
        'duplicate_message_name',
        `classes ${other?.class?.name} and ${message.class.name} are both @Message('${message.name}'), but ${difference}; ` +
          `give one of them another name`,
      )
    }
    byName.set(message.name, message)
  }
  return byName
}

/** The same for enums. `enumOf` of the same enum and name makes equal types wherever it is called. @param classes messages, by name */
function checkEnums(messages: Iterable<MessageSchema>, classes: ReadonlyMap<string, MessageSchema>): void {
  const byName = new Map<string, { readonly type: EnumType; readonly place: string }>()
  for (const message of messages) {
    for (const field of message.fields) {
      const place = `${message.class?.name ?? message.name}.${field.key}`
      for (const type of enumsIn(field.type)) {
        const name = type.name as string
        const other = byName.get(name)
        const difference = other && enumDifferenceOf(other.type, type)
        const message = classes.get(name)
        const fault = message
          ? `class ${message.class?.name} is @Message('${name}'), and the enum of ${place} is '${name}' too`
          : difference && `${other?.place} and ${place} both have an enum '${name}', but ${difference}`
        if (fault) throw misuse('duplicate_message_name', `${fault}; give one of them another name`)
        byName.set(name, { type, place })
      }
    }
  }
}
