import type { MessageSchema } from '../schema/message.js'
import type { MethodSchema } from '../schema/service.js'
import type { ValueType } from '../schema/type.js'

/**
 * Reads every message that a call of these methods can carry, however deep, so that what is wrong with one is found at start-up and not by
 * the first call.
 * @throws RpcError `failed_precondition`
 */
export function checkMessages(methods: readonly MethodSchema[]): void {
  const seen = new Set<MessageSchema>()
  const queue = methods.flatMap(method => [method.input, method.output, ...method.throws])
  for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
    if (seen.has(message)) continue
    seen.add(message)
    for (const field of message.fields) queue.push(...messagesIn(field.type))
  }
}

function messagesIn(type: ValueType): readonly MessageSchema[] {
  switch (type.kind) {
    case 'message':
      return [type.message]
    case 'list':
    case 'set':
      return messagesIn(type.element)
    case 'map':
      return messagesIn(type.value)
    case 'oneof':
      return type.cases.flatMap(one => messagesIn(one.type))
    default:
      return []
  }
}
